import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../testing/manual-clock.ts'
import { MemoryCounts } from '../../testing/memory-counts.ts'
import { MemoryLog } from '../../testing/memory-log.ts'
import type { Ledger } from '../counts/counts.ts'
import { ALL_HANDED_OVER } from './handed-over.ts'
import { Progress } from './progress.ts'

const LEDGER: Ledger = { records: 0, events: 0, counted: 0, duplicate: 0, late: 0, dead: 0, deadRecords: 0 }

function setUp(partitions: number) {
  const clock = new ManualClock(1_000)
  const log = new MemoryLog({ clock, partitions })
  const counts = new MemoryCounts()
  const fail = (error: unknown) => assert.fail(String(error))
  const progress = new Progress({ log, checkpoints: () => counts.checkpoints(), clock, onError: fail })
  const checkpoint = async (partition: number, offset: number, logTimeMs: number) => {
    const source = (await log.sources('events'))[partition]!
    await counts.writeCheckpoint(source.id, { offset, logTimeMs, ledger: LEDGER })
  }
  return { clock, log, counts, progress, checkpoint }
}

const RECORD = Uint8Array.of(1)

test('an empty log is complete up to now', async () => {
  const { progress } = setUp(2)
  await progress.look()
  assert.equal(progress.asOfMs, 999)
})

test('a source that is behind holds the answer at the last record that is stored', async () => {
  const { clock, log, progress, checkpoint } = setUp(2)
  await log.append('events', 0, RECORD)
  clock.advance(500)
  await log.append('events', 0, RECORD)
  await checkpoint(0, 0, 1_000)
  clock.advance(500)
  await progress.look()
  assert.equal(progress.asOfMs, 999)
  await checkpoint(0, 1, 1_500)
  await progress.look()
  assert.equal(progress.asOfMs, 1_999)
})

test('a source of which nothing is stored yet leaves nothing complete', async () => {
  const { log, progress, checkpoint } = setUp(2)
  await log.append('events', 0, RECORD)
  await log.append('events', 1, RECORD)
  await checkpoint(0, 0, 1_000)
  await progress.look()
  assert.equal(progress.asOfMs, 0)
})

test('it never steps back', async () => {
  const { clock, log, progress } = setUp(1)
  clock.advance(1_000)
  await progress.look()
  await log.append('events', 0, RECORD)
  await progress.look()
  assert.equal(progress.asOfMs, 1_999)
})

test('it steps back with the clock, because what is acknowledged then is earlier', async () => {
  const { clock, log, progress, checkpoint } = setUp(1)
  await log.append('events', 0, RECORD)
  await checkpoint(0, 0, 1_000)
  clock.advance(60_000)
  await progress.look()
  assert.equal(progress.asOfMs, 60_999)
  clock.advance(-30_000)
  await progress.look()
  assert.equal(progress.asOfMs, 30_999)
  await log.append('events', 0, RECORD)
  clock.advance(5_000)
  await progress.look()
  assert.deepEqual([progress.asOfMs, progress.sureToMs], [30_999, 30_999])
})

test('it goes no further than what was handed over, and is sure only of what the silent have', async () => {
  const { clock, log, counts } = setUp(1)
  let handedOver = { upToMs: 700, sureToMs: 400 }
  const progress = new Progress({
    ...{ log, clock },
    checkpoints: () => counts.checkpoints(),
    handedOver: async () => () => handedOver,
    onError: (error) => assert.fail(String(error)),
  })
  await progress.look()
  assert.deepEqual([progress.asOfMs, progress.sureToMs], [700, 400])
  handedOver = { upToMs: 5_000, sureToMs: 5_000 }
  await progress.look()
  assert.deepEqual([progress.asOfMs, progress.sureToMs], [999, 999])
})

test('what was handed over is asked for before the ends, and these before the checkpoints', async () => {
  const { clock, log, counts } = setUp(1)
  const asked: string[] = []
  const noted = <T>(what: string, answer: T): T => {
    asked.push(what)
    return answer
  }
  const progress = new Progress({
    log: { ends: (lane) => noted('ends', log.ends(lane)), bounds: (source) => log.bounds(source) },
    lanes: ['events'],
    clock,
    checkpoints: () => noted('checkpoints', counts.checkpoints()),
    handedOver: async () => noted('handed over', () => ALL_HANDED_OVER),
    onError: (error) => assert.fail(String(error)),
  })
  await progress.look()
  assert.deepEqual(asked, ['handed over', 'ends', 'checkpoints'])
})
