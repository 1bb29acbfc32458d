// Records are read from the replica in the rack of the reader, and from the leader while that broker is away. Needs
// three brokers that `npm run infra` has started, each a rack of its own, and its settings in the environment.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it, type TestContext } from 'node:test'
import { openServers } from '../../../infra/servers.ts'
import { readInfraSettings } from '../../../infra/settings.ts'
import { systemClock as clock } from '../../../lib/system-clock.ts'
import { testBrokers } from '../../../testing/kafka-brokers.ts'
import { LEFT_TO_NIGHTLY } from '../../../testing/nightly.ts'
import { createTopics } from './create-topics.ts'
import { CLIENTS } from './kafka-clients.ts'
import { type KafkaLog, openKafkaLog } from './kafka-log.ts'
import { NearestReplicas } from './nearest-replicas.ts'

const SETTINGS = { replicationFactor: 3, minInSyncReplicas: 2, retentionMs: 3_600_000, retentionBytes: -1 }
const PARTITIONS = 3
const NEAREST = 2
const RECORDS = 50
const PATIENCE_MS = 120_000

const brokers = testBrokers()

describe('reads from the nearest replica', {
  skip: brokers.length < 3 && 'needs three brokers',
}, async () => {
  const servers = await openServers(readInfraSettings(process.env))
  for (const [name, newClient] of Object.entries(CLIENTS)) {
    const skip = name === 'kafkajs' && LEFT_TO_NIGHTLY
    it(`get every record through ${name}, and learn the true end of the log`, { skip }, async (t) => {
      const client = newClient({ brokers, clientId: 'tally-test', rack: `rack-${NEAREST}` })
      t.after(() => client.close())
      const prefix = `test-${randomBytes(6).toString('hex')}`
      const newIncarnation = () => randomBytes(4).toString('hex')
      await createTopics({ ...SETTINGS, client, clock, prefix, partitions: PARTITIONS, newIncarnation })
      const log = await openKafkaLog({ client, clock, prefix })
      t.after(() => log.close())
      const asked = spiedBrokers(t)
      await appendAndReadAll(log, 0)
      // The leader of one of three partitions is that broker itself; it names nobody.
      assert.ok(asked.filter((broker) => broker === NEAREST).length > RECORDS, String(new Set(asked)))
      assert.deepEqual(
        Array.from(new Set(asked)).filter((broker) => broker !== null),
        [NEAREST],
      )
      await servers.kill(`kafka-${NEAREST}`)
      try {
        await appendAndReadAll(log, RECORDS)
      } finally {
        await servers.start(`kafka-${NEAREST}`)
      }
    })
  }
})

async function appendAndReadAll(log: KafkaLog, from: number): Promise<void> {
  await Promise.all(Array.from({ length: PARTITIONS }, (_, at) => appendAndRead(log, at, from)))
}

/** Each record is read right after it is acknowledged, when a follower may not know yet that it is. */
async function appendAndRead(log: KafkaLog, partition: number, from: number): Promise<void> {
  const source = (await persist(() => log.sources('events')))[partition]!
  let next = from
  for (let number = 0; number < RECORDS; number++) {
    const text = `record ${number}`
    const { offset } = await persist(() => log.append('events', partition, Buffer.from(text)))
    while (next <= offset) {
      const slice = await persist(() => log.read(source, next, { bytesMax: 1, waitMs: 1_000 }))
      for (const record of slice.records) {
        assert.equal(record.offset, next)
        next++
      }
      const isAtEnd = next >= slice.endOffset
      assert.ok(!isAtEnd || next > offset, `offset ${offset} is acknowledged, but the log ends at ${next}`)
    }
  }
}

/** The brokers that were asked for records, null for the leader. */
function spiedBrokers(t: TestContext): (number | null)[] {
  const asked: (number | null)[] = []
  const { fetch } = NearestReplicas.prototype
  t.mock.method(
    NearestReplicas.prototype,
    'fetch',
    function (this: NearestReplicas, ...[partition, fromOffset, limit, calls]: Parameters<typeof fetch>) {
      const seen: typeof calls = {
        ...calls,
        fetch: (broker, rack) => {
          asked.push(broker)
          return calls.fetch(broker, rack)
        },
      }
      return fetch.call(this, partition, fromOffset, limit, seen)
    },
  )
  return asked
}

async function persist<T>(call: () => Promise<T>): Promise<T> {
  const untilMs = clock.nowMs() + PATIENCE_MS
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if ((error as { code?: string }).code !== 'unavailable' || clock.nowMs() > untilMs) throw error
      await clock.sleep(100)
    }
  }
}
