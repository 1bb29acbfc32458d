import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Clock } from '../../lib/clock.ts'
import { Random } from '../../simulator/random.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { MemoryCounts } from '../../testing/memory-counts.ts'
import { MemoryClient } from '../../testing/memory-kafka-client.ts'
import { MemoryLog } from '../../testing/memory-log.ts'
import { MemoryTurns } from '../../testing/memory-progress-turns.ts'
import type { Ledger } from '../counts/counts.ts'
import { createTopics } from '../log/kafka/create-topics.ts'
import { openKafkaLog } from '../log/kafka/kafka-log.ts'
import type { Source } from '../log/log.ts'
import type { ProgressTurns } from './progress-turns.ts'
import { SharedProgress } from './shared-progress.ts'

const INTERVAL_MS = 250
const TURN_MS = 240
const LEDGER: Ledger = { records: 0, events: 0, counted: 0, duplicate: 0, late: 0, dead: 0, deadRecords: 0 }
const fail = (error: unknown) => assert.fail(String(error))
const TOPICS = { replicationFactor: 1, minInSyncReplicas: 1, retentionMs: 1, retentionBytes: -1 }

async function pass(clock: ManualClock, ms: number, stepMs: number, step = () => {}) {
  for (let passed = 0; passed < ms; passed += stepMs) {
    step()
    clock.advance(stepMs)
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
  }
}

describe('Progress that many processes share', () => {
  /** What Kafka and Cassandra are asked in ten seconds, and how old the oldest of the answers is then. */
  async function ask(processes: number, isAway: boolean) {
    const clock = new ManualClock()
    const client = new MemoryClient(clock)
    const kafka = { client, clock, prefix: 'tally' }
    await createTopics({ ...kafka, ...TOPICS, partitions: 64, newIncarnation: () => 'abad1dea' })
    const log = await openKafkaLog(kafka)
    let requests = 0
    client.before = () => void requests++
    const partitionCount = client.partitionCount.bind(client)
    client.partitionCount = (topic) => {
      requests++
      return partitionCount(topic)
    }
    const checkpoints = async () => {
      requests++
      return new Map()
    }
    const turns = new MemoryTurns(clock, TURN_MS)
    turns.isAway = isAway
    const all = Array.from({ length: processes }, (_, i) => {
      const deps = { log, checkpoints, clock, turns: turns.of(`p${i}`), onError: fail }
      return new SharedProgress(deps)
    })
    const stopping = new AbortController()
    const following = all.map((progress) => progress.follow(INTERVAL_MS, stopping.signal))
    await pass(clock, 2_000, 10)
    requests = 0
    await pass(clock, 10_000, 10)
    const ageMs = clock.nowMs() - Math.min(...all.map(({ asOfMs }) => asOfMs))
    stopping.abort()
    await Promise.all(following)
    return { requests: requests / 10, ageMs }
  }

  it('asks the log and the store as often for fifty processes as for one', async () => {
    const one = await ask(1, false)
    assert.ok(one.requests <= 25, `${one.requests} requests a second`) // four looks: two lanes and the checkpoints
    const fifty = await ask(50, false)
    assert.ok(fifty.requests <= one.requests + 1, `${fifty.requests} requests a second`)
    assert.ok(fifty.ageMs <= 3 * INTERVAL_MS, `${fifty.ageMs} ms old`)
  })

  it('lets each look for itself while they cannot share, and knows as much', async () => {
    const one = await ask(1, true)
    const ten = await ask(10, true)
    assert.equal(ten.requests, 10 * one.requests)
    assert.ok(ten.ageMs <= 2 * INTERVAL_MS, `${ten.ageMs} ms old`)
  })
})

type Mutant = (turns: ProgressTurns, shared: MemoryTurns) => ProgressTurns

/**
 * Records come, are stored and checkpointed while processes with clocks of their own look, and whatever they share
 * through is away or forgets at times. Returns the first claim that is not true, or null.
 */
async function runWorld(seed: number, mutant: Mutant = (turns) => turns): Promise<string | null> {
  const random = new Random(seed)
  const clock = new ManualClock()
  const log = new MemoryLog({ clock, partitions: 3 })
  const counts = new MemoryCounts()
  const turns = new MemoryTurns(clock, TURN_MS)
  const delayed = async <T>(call: () => Promise<T>): Promise<T> => {
    await clock.sleep(random.delayMs(30, 2_000))
    const result = await call()
    await clock.sleep(random.delayMs(30, 2_000))
    return result
  }
  const processes = Array.from({ length: 4 }, (_, i) => {
    const skewMs = random.pick([0, 0, 40_000, -40_000, 700])
    const own: Clock = { nowMs: () => clock.nowMs() + skewMs, sleep: (ms, to) => clock.sleep(ms, to) }
    const { take, tell } = mutant(turns.of(`p${i}`), turns)
    const progress = new SharedProgress({
      log: { ends: (lane) => delayed(() => log.ends(lane)), bounds: (s) => delayed(() => log.bounds(s)) },
      lanes: ['events'],
      checkpoints: () => delayed(() => counts.checkpoints()),
      clock: own,
      turns: { take: (markMs) => delayed(() => take(markMs)), tell: (found) => delayed(() => tell(found)) },
      onError: fail,
    })
    return { progress, skewMs }
  })
  const stopping = new AbortController()
  const following = processes.map(({ progress }) => progress.follow(INTERVAL_MS, stopping.signal))
  const sources = await log.sources('events')
  const stored = new Map<Source, number>()
  const appended: { source: Source; offset: number; atMs: number }[] = []
  let wrong: string | null = null
  await pass(clock, 20_000, 20, () => {
    turns.isAway = random.chance(turns.isAway ? 0.9 : 0.02)
    if (random.chance(0.02)) turns.forget()
    const source = random.pick(sources)
    const end = appended.filter((record) => record.source === source).length
    if (random.chance(0.2)) {
      appended.push({ source, offset: end, atMs: clock.nowMs() })
      void log.append('events', source.partition, Uint8Array.of(1))
    } else if (random.chance(0.6)) {
      const last = appended.findLast((record) => record.source === source)
      if (last === undefined) return
      stored.set(source, last.offset)
      const { offset, atMs: logTimeMs } = last
      void counts.writeCheckpoint(source.id, { offset, logTimeMs, ledger: LEDGER })
    }
    for (const { progress, skewMs } of processes) {
      // A claim is about the clock of the log, or about that of the process, whichever is behind.
      const upToMs = progress.asOfMs - Math.max(0, skewMs)
      const lost = appended.find(
        ({ source, offset, atMs }) => atMs <= upToMs && offset > (stored.get(source) ?? -1),
      )
      if (lost !== undefined)
        wrong ??= `${upToMs}, but ${lost.source.id} ${lost.offset} of ${lost.atMs} is not stored`
    }
  })
  stopping.abort()
  const left = Promise.all(following)
  await pass(clock, 10_000, 1_000)
  await left
  return wrong
}

const SEEDS = Array.from({ length: 15 }, (_, i) => i + 1)

describe('What shared progress says', () => {
  it('is true, whatever is slow, away or forgotten, and however clocks differ', async () => {
    for (const seed of SEEDS) assert.equal(await runWorld(seed), null, `seed ${seed}`)
  })

  const caught = (what: string, mutant: Mutant) =>
    it(`is found wrong where ${what}`, async () => {
      for (const seed of SEEDS) if ((await runWorld(seed, mutant)) !== null) return
      assert.fail('the mutant was not caught')
    })

  caught('the clock of the one that looked counts for all', (turns) => ({
    take: (markMs) => turns.take(markMs),
    tell(found) {
      const newest = Math.max(...Array.from(found.values(), ({ asOfMs }) => asOfMs))
      return turns.tell(new Map(Array.from(found, ([name, one]) => [name, { ...one, asOfMs: newest }])))
    },
  }))

  caught('marks count that were made during the look', (turns, { marks }) => ({
    take: (markMs) => turns.take(markMs),
    tell: (found) =>
      turns.tell(
        new Map(
          Array.from(found, ([name, { markMs, asOfMs }]) => {
            const later = marks.get(name) ?? markMs
            const reachedMs = asOfMs === markMs - 1 ? later - 1 : asOfMs
            return [name, { markMs: later, asOfMs: reachedMs, sureToMs: reachedMs }]
          }),
        ),
      ),
  }))
})
