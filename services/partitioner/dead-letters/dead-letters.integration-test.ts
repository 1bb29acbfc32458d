// The dead lane on real brokers, with each client library: paged from the newest back, and replayed.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, it } from 'node:test'
import { systemClock } from '../../../lib/system-clock.ts'
import { encodeDeadLetter } from '../../../schemas/dead-letter.ts'
import { loadSchemas } from '../../../schemas/schema-set.ts'
import { createTopics } from '../../../stores/log/kafka/create-topics.ts'
import { CLIENTS } from '../../../stores/log/kafka/kafka-clients.ts'
import { openKafkaLog } from '../../../stores/log/kafka/kafka-log.ts'
import { anEvent, encodedEvent } from '../../../testing/dead-letter-fixture.ts'
import { LAYOUTS } from '../../../testing/door-fixture.ts'
import { fixedLayouts } from '../../../testing/fixed-layouts.ts'
import { testBrokers } from '../../../testing/kafka-brokers.ts'
import { MemoryJournal } from '../../../testing/memory-journal.ts'
import { EVENT_LIMITS } from '../limits.ts'
import { DeadLetters } from './dead-letters.ts'

const LETTERS = 150
const SETTINGS = { replicationFactor: 1, minInSyncReplicas: 1, retentionMs: 3_600_000, retentionBytes: -1 }
const ALL = { state: null, reason: null, fromMs: null, toMs: null, cursor: null, limit: 40 }

const brokers = testBrokers()
const clock = systemClock

for (const [name, newClient] of Object.entries(CLIENTS)) {
  it(`letters are listed, replayed and found again on Kafka through ${name}`, async () => {
    const client = newClient({ brokers, clientId: 'tally-test' })
    after(() => client.close())
    const prefix = `test-${randomBytes(6).toString('hex')}`
    const newIncarnation = () => randomBytes(4).toString('hex')
    await createTopics({ ...SETTINGS, client, clock, prefix, partitions: 4, newIncarnation })
    const log = await openKafkaLog({ client, clock, prefix })
    const layouts = fixedLayouts(LAYOUTS)
    const deps = {
      log,
      journal: new MemoryJournal(),
      layouts,
      clock,
      limits: EVENT_LIMITS,
      sourcesFromMs: 0,
      schemas: loadSchemas(),
    }
    const deadLetters = new DeadLetters(deps)
    await Promise.all(Array.from({ length: LETTERS }, (_, i) => log.append('events-dead', 0, letter(i))))

    const ids: string[] = []
    let cursor: string | null = null
    do {
      const page = await deadLetters.list({ ...ALL, cursor })
      ids.push(...page.found.map(({ letter }) => letter.id))
      cursor = page.cursor
    } while (cursor !== null)
    const [dead] = await log.sources('events-dead')
    assert.deepEqual(
      ids,
      Array.from({ length: LETTERS }, (_, i) => `${dead!.id}:${LETTERS - 1 - i}`),
    )

    const { replayed } = await deadLetters.replayAll({ ...ALL, limit: LETTERS }, null)
    assert.equal(replayed, LETTERS)
    assert.equal(await deadLetters.openCount(), 0)
    const sources = await log.sources('events')
    const extents = await Promise.all(sources.map((source) => log.bounds(source)))
    assert.ok(extents.some(({ endOffset }) => endOffset > 0))
    await deadLetters.close()
    log.close()
  })
}

function letter(i: number): Uint8Array {
  const bytes = encodedEvent(anEvent({ timeMs: clock.nowMs(), id: `e${i}` }))
  const place = { source: '00000000-0', offset: i, index: 0, logTime: clock.nowMs() }
  return encodeDeadLetter({ ...place, reason: 'unknown_schema', bytes, origin: 'event' })
}
