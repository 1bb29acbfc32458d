import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../testing/manual-clock.ts'
import { MemoryClient } from '../../testing/memory-kafka-client.ts'
import { createTopics } from '../log/kafka/create-topics.ts'
import { LogError } from '../log/log.ts'
import { removeWatermark, tellWatermark, WatermarkReader } from './kafka-watermarks.ts'
import { type Disk, handedOver, SILENT_MS, type Watermark, withWatermark } from './watermarks.ts'

const NOW_MS = 1_700_000_000_000
const TOPICS = { replicationFactor: 1, minInSyncReplicas: 1, retentionMs: 1, retentionBytes: -1 }

async function setUp() {
  const clock = new ManualClock(NOW_MS)
  const client = new MemoryClient(clock)
  const place = { client, clock, prefix: 'tally' }
  await createTopics({ ...place, ...TOPICS, partitions: 2, newIncarnation: () => 'abad1dea' })
  return { clock, client, reader: new WatermarkReader(client, 'tally') }
}

const told = (...pairs: [upToMs: number, toldMs: number][]) =>
  pairs.map(([upToMs, toldMs]) => ({ upToMs, toldMs }))
const running = (...pairs: [number, number][]): Disk => ({
  sinceMs: 5,
  told: told(...pairs),
  hasEnded: false,
})

test('the least watermark counts; that of a silent one only for what must be sure', () => {
  const disks = new Map([
    ['a', running([NOW_MS - 300, NOW_MS - 100])],
    ['b', running([NOW_MS - 200, NOW_MS])],
    ['gone', running([NOW_MS - SILENT_MS - 500, NOW_MS - SILENT_MS - 1])],
  ])
  const least = { upToMs: NOW_MS - 300, sureToMs: NOW_MS - SILENT_MS - 500 }
  assert.deepEqual(handedOver(disks, Infinity, NOW_MS), least)
  assert.deepEqual(handedOver(new Map(), Infinity, NOW_MS), { upToMs: Infinity, sureToMs: Infinity })
})

test('a watermark helps as far as the log is stored up to it', () => {
  const disk = running([100, 110], [200, 210])
  const at = (storedMs: number, one = disk) => handedOver(new Map([['a', one]]), storedMs, 210).upToMs
  assert.deepEqual(
    [109, 110, 209, 210].map((ms) => at(ms)),
    [5, 100, 100, 200],
  )
  const ended = { ...disk, hasEnded: true }
  assert.deepEqual(
    [109, 209, 210].map((ms) => at(ms, ended)),
    [5, 100, Infinity],
  )
})

test('of many watermarks the newest and some of the older ones are known', () => {
  let known: readonly Watermark[] = []
  for (let i = 0; i < 10_000; i++) known = withWatermark(known, { upToMs: i, toldMs: i })
  assert.ok(known.length <= 1_000, `${known.length}`)
  assert.deepEqual(
    known.slice(-400).map(({ upToMs }) => upToMs),
    Array.from({ length: 400 }, (_, i) => 9_600 + i),
  )
  assert.ok(known[0]!.upToMs < 1_000)
  assert.deepEqual(
    known.toSorted((a, b) => a.toldMs - b.toldMs),
    known,
  )
})

test('a reader knows what was told of each disk, and nothing of one that is forgotten', async () => {
  const { clock, client, reader } = await setUp()
  assert.equal((await reader.read()).size, 0)
  await tellWatermark(client, 'tally', 'a', { upToMs: 1, sinceMs: 0 })
  clock.advance(5)
  await tellWatermark(client, 'tally', 'a', { upToMs: 2, sinceMs: 0, hasEnded: true })
  await tellWatermark(client, 'tally', 'b', { upToMs: 3, sinceMs: 3 })
  const a = { sinceMs: 0, told: told([1, NOW_MS], [2, NOW_MS + 5]), hasEnded: true }
  const b = { sinceMs: 3, told: told([3, NOW_MS + 5]), hasEnded: false }
  assert.deepEqual(await reader.read(), new Map(Object.entries({ a, b })))
  await removeWatermark(client, 'tally', 'b')
  assert.deepEqual(await reader.read(), new Map([['a', a]]))
  assert.deepEqual(await new WatermarkReader(client, 'tally').read(), new Map([['a', a]]))
})

test('reading again costs one request, and there are none before the topic is made', async () => {
  const { clock, client, reader } = await setUp()
  await reader.read()
  let requests = 0
  client.before = () => void requests++
  await reader.read()
  assert.equal(requests, 1)
  const older = new WatermarkReader(new MemoryClient(clock), 'tally')
  assert.equal((await older.read()).size, 0)
  assert.deepEqual([await older.isThere(), await reader.isThere()], [false, true])
})

test('what is not ours is reported, and so is a leader that shows less than there is', async () => {
  const { client, reader } = await setUp()
  const foreign = { key: Buffer.from('a'), value: Buffer.from('{"upToMs":"soon","sinceMs":0}') }
  await client.produce('tally.watermarks', 0, [foreign])
  await assert.rejects(reader.read(), { name: 'LogError', code: 'corrupt' })
  const behind = {
    partitionCount: async () => 1,
    offsetOf: async () => 0,
    fetch: async () => ({ records: [], nextOffset: 0, endOffset: 1 }),
  }
  await assert.rejects(new WatermarkReader(behind, 'tally').read(), { code: 'unavailable' })
})

test('a topic that was made anew is read from its beginning', async () => {
  const { client, reader } = await setUp()
  await tellWatermark(client, 'tally', 'a', { upToMs: 1, sinceMs: 0 })
  await tellWatermark(client, 'tally', 'a', { upToMs: 2, sinceMs: 0 })
  await reader.read()
  client.topics.set('tally.watermarks', [[]])
  await tellWatermark(client, 'tally', 'b', { upToMs: 3, sinceMs: 0 })
  assert.deepEqual(Array.from((await reader.read()).keys()), ['b'])
})

test('a reader fails as the log does, and knows as much at the next try', async () => {
  const { client, reader } = await setUp()
  await tellWatermark(client, 'tally', 'a', { upToMs: 1, sinceMs: 0 })
  client.before = () => {
    throw new LogError('unavailable', 'away')
  }
  await assert.rejects(reader.read(), { code: 'unavailable' })
  client.before = () => {}
  assert.equal((await reader.read()).size, 1)
})
