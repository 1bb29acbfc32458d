// A broker is killed while records are appended and read: nothing acknowledged is lost, and both go on. Needs three
// brokers that `npm run infra` has started, and its settings in the environment.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { openServers } from '../../../infra/servers.ts'
import { readInfraSettings } from '../../../infra/settings.ts'
import { systemClock } from '../../../lib/system-clock.ts'
import { testBrokers } from '../../../testing/kafka-brokers.ts'
import { LEFT_TO_NIGHTLY } from '../../../testing/nightly.ts'
import type { Log, Source } from '../log.ts'
import { createTopics } from './create-topics.ts'
import { CLIENTS } from './kafka-clients.ts'
import { openKafkaLog } from './kafka-log.ts'

const SETTINGS = { replicationFactor: 3, minInSyncReplicas: 2, retentionMs: 3_600_000, retentionBytes: -1 }
const PARTITIONS = 6
const VICTIM = 'kafka-2'
const RETRY_MS = 100
const RECORDS_AFTER = 200

const brokers = testBrokers()

describe('A broker killed under load', { skip: brokers.length < 3 && 'needs three brokers' }, async () => {
  const servers = await openServers(readInfraSettings(process.env))
  for (const [name, newClient] of Object.entries(CLIENTS)) {
    const skip = name === 'kafkajs' && LEFT_TO_NIGHTLY
    it(`loses nothing that was acknowledged through ${name}`, { skip }, async (t) => {
      const client = newClient({ brokers, clientId: 'tally-test' })
      t.after(() => client.close())
      const prefix = `test-${randomBytes(6).toString('hex')}`
      const newIncarnation = () => randomBytes(4).toString('hex')
      await createTopics({
        ...SETTINGS,
        client,
        clock: systemClock,
        prefix,
        partitions: PARTITIONS,
        newIncarnation,
      })
      const log = await openKafkaLog({ client, clock: systemClock, prefix })
      t.after(() => log.close())
      const lines = (await log.sources('events')).map((source) => new Line(log, source))
      await Promise.all(lines.map((line) => line.until(RECORDS_AFTER)))
      await servers.kill(VICTIM)
      await Promise.all(lines.map((line) => line.until(line.acknowledged.size + RECORDS_AFTER)))
      await servers.start(VICTIM)
      await Promise.all(lines.map((line) => line.until(line.acknowledged.size + RECORDS_AFTER)))
      for (const line of lines) await line.finish()
      const appendGapMs = Math.max(...lines.map((line) => line.appendGapMs))
      const readGapMs = Math.max(...lines.map((line) => line.readGapMs))
      t.diagnostic(`longest gap: append ${appendGapMs} ms, read ${readGapMs} ms`)
    })
  }
})

/** Appends to one source and reads it back, both in endless loops with retries. */
class Line {
  readonly acknowledged = new Map<number, string>()
  appendGapMs = 0
  readGapMs = 0
  readonly #log: Log
  readonly #source: Source
  readonly #read = new Map<number, string>()
  readonly #ends: Promise<void>[]
  #next = 0
  #appends = true
  #reads = true

  constructor(log: Log, source: Source) {
    this.#log = log
    this.#source = source
    this.#ends = [this.#appendOn(), this.#readOn()]
  }

  /** Resolves when this many were acknowledged and all of them have been read. */
  async until(count: number): Promise<void> {
    const ends = Promise.all(this.#ends)
    ends.catch(() => {}) // reported by the race, or by `finish`
    while (this.acknowledged.size < count || this.#next <= Math.max(...this.acknowledged.keys())) {
      await Promise.race([systemClock.sleep(20), ends])
    }
  }

  /** Records in flight when it is stopped are read as well. */
  async finish(): Promise<void> {
    this.#appends = false
    await this.#ends[0]
    await this.until(this.acknowledged.size)
    this.#reads = false
    await Promise.all(this.#ends)
    for (const [offset, text] of this.acknowledged) {
      assert.equal(this.#read.get(offset), text, `${this.#source.id}: offset ${offset} was acknowledged`)
    }
  }

  async #appendOn(): Promise<void> {
    let lastMs = Date.now()
    for (let number = 0; this.#appends; number++) {
      const text = `${this.#source.id} ${number}`
      const { offset } = await persist(() =>
        this.#log.append('events', this.#source.partition, Buffer.from(text)),
      )
      assert.ok(!this.acknowledged.has(offset), `offset ${offset} was given twice`)
      this.acknowledged.set(offset, text)
      this.appendGapMs = Math.max(this.appendGapMs, Date.now() - lastMs)
      lastMs = Date.now()
      await systemClock.sleep(2)
    }
  }

  async #readOn(): Promise<void> {
    let lastMs = Date.now()
    while (this.#reads) {
      const limit = { bytesMax: 1 << 20, waitMs: 250 }
      const { records } = await persist(() => this.#log.read(this.#source, this.#next, limit))
      for (const { offset, bytes } of records) {
        assert.equal(offset, this.#next, 'offsets rise one by one')
        this.#read.set(offset, Buffer.from(bytes).toString())
        this.#next = offset + 1
      }
      this.readGapMs = Math.max(this.readGapMs, Date.now() - lastMs)
      lastMs = Date.now()
    }
  }
}

async function persist<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if ((error as { code?: string }).code !== 'unavailable') throw error
      await systemClock.sleep(RETRY_MS)
    }
  }
}
