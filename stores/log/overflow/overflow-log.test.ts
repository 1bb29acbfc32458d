import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { HOUR_MS } from '../../../model/bucket.ts'
import { collectGarbage } from '../../../testing/collect-garbage.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { MemoryLog } from '../../../testing/memory-log.ts'
import type { ObjectStore } from '../../objects/objects.ts'
import { type Lane, type Log, LogError, type Source } from '../log.ts'
import { logContract } from '../log-contract.ts'
import { OverflowLog } from './overflow-log.ts'
import { decodeReference } from './reference.ts'
import { sweepOverflow } from './sweep.ts'

const ALL = { bytesMax: 1 << 30, waitMs: 0 }

function setUp(partitions = 2) {
  const clock = new ManualClock()
  const inner = new MemoryLog({ clock, partitions })
  const objects = new MapObjects(() => clock.nowMs())
  let named = 0
  const options = { log: inner, objects, clock, newName: () => `object-${named++}` }
  return { clock, inner, objects, options, log: new OverflowLog(options) }
}

logContract('The overload lane in the place of the lane of events', async (partitions) => {
  const { clock, inner, log } = setUp(partitions)
  return {
    log: swapped(log),
    passTime: async () => clock.advance(1_000),
    growPartitions: async (count) => inner.growPartitions(count),
    trim: async (source, offset) => inner.trim(swap(source), offset),
    close: () => inner.close(),
  }
})

test('keeps the bytes of a record in an object, and in the log only its name', async () => {
  const { inner, objects, log } = setUp()
  await log.append('events-overflow', 1, Buffer.alloc(50_000, 'x'))
  const [, source] = await log.sources('events-overflow')
  const [message] = (await inner.read(source!, 0, ALL)).records
  assert.ok(message!.bytes.length < 250)
  assert.deepEqual(Array.from(objects.kept.keys()), [decodeReference(message!.bytes)?.object])
})

test('names no object before it is stored', async () => {
  const { inner, objects, log } = setUp()
  objects.failing = true
  await assert.rejects(log.append('events-overflow', 0, Buffer.from('a')), fault('unavailable'))
  const [source] = await log.sources('events-overflow')
  assert.deepEqual(await inner.bounds(source!), { startOffset: 0, endOffset: 0 })
  objects.failing = false
  await log.append('events-overflow', 0, Buffer.from('b'))
  assert.deepEqual(await textsFrom(log, source!, 0), ['b'])
})

test('halts at an object that is gone or was changed, with what stands before it read', async () => {
  for (const spoil of [(o: MapObjects, key: string) => o.kept.delete(key), overwrite]) {
    const { objects, log } = setUp()
    for (const text of ['a', 'b', 'c']) await log.append('events-overflow', 0, Buffer.from(text))
    spoil(objects, Array.from(objects.kept.keys())[1]!)
    const [source] = await log.sources('events-overflow')
    assert.deepEqual(await textsFrom(log, source!, 0), ['a'])
    await assert.rejects(log.read(source!, 1, ALL), fault('corrupt', /object-1, which is record 1/))
    assert.deepEqual(await textsFrom(log, source!, 2), ['c'])
  }
})

test('waits for a store that is away, and for one that is not set', async () => {
  const { objects, log, options } = setUp()
  await log.append('events-overflow', 0, Buffer.from('a'))
  const [source] = await log.sources('events-overflow')
  objects.failing = true
  await assert.rejects(log.read(source!, 0, ALL), fault('unavailable'))
  const without = new OverflowLog({ ...options, objects: null })
  await assert.rejects(without.read(source!, 0, ALL), fault('unavailable', /OVERFLOW_URL/))
  await assert.rejects(
    without.append('events-overflow', 0, Buffer.from('a')),
    fault('unavailable', /OVERFLOW_URL/),
  )
})

test('gives what is no reference as it is', async () => {
  const { inner, log } = setUp()
  const foreign = ['', 'T', '{', '{"object":"elsewhere/a","bytes":1,"sha256":"00"}', '{"object":1}']
  for (const text of foreign) await inner.append('events-overflow', 0, Buffer.from(text))
  const [source] = await log.sources('events-overflow')
  assert.deepEqual(await textsFrom(log, source!, 0), foreign)
})

test('fetches no more objects than the limit needs', async () => {
  const { objects, log } = setUp()
  for (let i = 0; i < 5; i++) await log.append('events-overflow', 0, Buffer.alloc(1_000, i))
  const [source] = await log.sources('events-overflow')
  const { records, endOffset } = await log.read(source!, 1, { bytesMax: 1_500, waitMs: 0 })
  assert.deepEqual([records.map(({ offset }) => offset), endOffset, objects.reads], [[1, 2], 5, 2])
})

test('refuses more than it may hold while objects are slow', async () => {
  const { objects, log } = setUp()
  const stored = Promise.withResolvers<void>()
  objects.writing = () => stored.promise
  const half = Buffer.alloc(32 << 20)
  const appends = [log.append('events-overflow', 0, half), log.append('events-overflow', 1, half)]
  await assert.rejects(log.append('events-overflow', 0, Buffer.from('a')), fault('unavailable', /bytes wait/))
  stored.resolve()
  await Promise.all(appends)
  await log.append('events-overflow', 0, Buffer.from('a'))
})

test('nothing of a record is held once it is appended, however many follow', async () => {
  const { clock, options } = setUp()
  const inner = new WatchedLog({ clock, partitions: 1 })
  const log = new OverflowLog({ ...options, log: inner })
  for (let i = 0; i < 5; i++) {
    await log.append('events-overflow', 0, Buffer.from('a'))
    await setImmediate() // what a turn has dereferenced stays until it ends
  }
  collectGarbage()
  assert.deepEqual(
    inner.appended.map((message) => message.deref()),
    Array(5).fill(undefined),
  )
})

test('objects go when no message that is held can name them', async () => {
  const { clock, inner, objects, log } = setUp()
  const sweep = () => sweepOverflow({ log: inner, objects, clock })
  await objects.write('overflow/another-log/2026-11-21T07/kept', Buffer.from('not ours to judge'))
  for (const text of ['a', 'b']) {
    await log.append('events-overflow', 0, Buffer.from(text))
    clock.advance(30 * HOUR_MS)
  }
  await log.append('events-overflow', 1, Buffer.from('c'))
  const [first, second] = await log.sources('events-overflow')
  assert.equal(await sweep(), 0)
  inner.trim(first!, 1)
  assert.equal(await sweep(), 1)
  assert.deepEqual(await textsFrom(log, first!, 1), ['b'])
  inner.trim(second!, 1)
  assert.equal(await sweep(), 0, 'an object may wait for its message for a while')
  clock.advance(30 * HOUR_MS)
  assert.equal(await sweep(), 1)
  assert.equal(objects.kept.size, 2)
})

class MapObjects implements Pick<ObjectStore, 'read' | 'write' | 'list' | 'remove'> {
  readonly kept = new Map<string, { readonly bytes: Uint8Array; readonly modifiedMs: number }>()
  failing = false
  reads = 0
  writing: () => Promise<void> = async () => {}
  readonly #nowMs: () => number

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  async write(key: string, bytes: Uint8Array): Promise<void> {
    if (this.failing) throw new Error('the store is away')
    await this.writing()
    this.kept.set(key, { bytes, modifiedMs: this.#nowMs() })
  }

  async read(key: string): Promise<Uint8Array | null> {
    this.reads++
    if (this.failing) throw new Error('the store is away')
    return this.kept.get(key)?.bytes ?? null
  }

  async list(prefix: string) {
    const found = Array.from(this.kept, ([key, { bytes, modifiedMs }]) => ({
      key,
      bytes: bytes.length,
      modifiedMs,
    }))
    return found.filter(({ key }) => key.startsWith(prefix))
  }

  async remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.kept.delete(key)
  }
}

/** Records what it was given, without keeping references to it. */
class WatchedLog extends MemoryLog {
  readonly appended: WeakRef<Uint8Array>[] = []

  override append(lane: Lane, partition: number, bytes: Uint8Array) {
    this.appended.push(new WeakRef(bytes))
    return super.append(lane, partition, bytes)
  }
}

function overwrite(objects: MapObjects, key: string): void {
  objects.kept.set(key, { bytes: Buffer.from('x'), modifiedMs: 0 })
}

async function textsFrom(log: Log, source: Source, offset: number): Promise<string[]> {
  const { records } = await log.read(source, offset, ALL)
  return records.map(({ bytes }) => Buffer.from(bytes).toString())
}

function fault(code: string, says = /./) {
  return (error: unknown) => error instanceof LogError && error.code === code && says.test(error.message)
}

/** The log with two lanes swapped, so that calls for `events` use the overload lane. */
function swapped(log: Log): Log {
  return {
    append: (lane, ...rest) => log.append(swapLane(lane), ...rest),
    sources: async (lane) => (await log.sources(swapLane(lane))).map(swap),
    read: (source, fromOffset, limit) => log.read(swap(source), fromOffset, limit),
    bounds: (source) => log.bounds(swap(source)),
    ends: async (lane) =>
      (await log.ends(swapLane(lane))).map(({ source, endOffset }) => ({ source: swap(source), endOffset })),
    offsetForTime: (source, timeMs) => log.offsetForTime(swap(source), timeMs),
  }
}

function swap(source: Source): Source {
  return { ...source, lane: swapLane(source.lane) }
}

function swapLane(lane: Lane): Lane {
  if (lane === 'events') return 'events-overflow'
  return lane === 'events-overflow' ? 'events' : lane
}
