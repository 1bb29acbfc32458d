import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { StoredRecord } from './records.ts'
import { TailCache } from './tail-cache.ts'

const EVERYTHING = 1 << 30

function record(offset: number, bytes: number): StoredRecord {
  return { offset, logTimeMs: 0, position: 0, bytes: new Uint8Array(bytes) }
}

function offsets(cache: TailCache, sourceId: string, from: number, bytesMax = EVERYTHING): number[] | null {
  return cache.read(sourceId, from, bytesMax)?.map(({ offset }) => offset) ?? null
}

describe('The tail cache', () => {
  it('serves the end of a source and owns up to what it lacks', () => {
    const cache = new TailCache(100)
    for (const offset of [5, 6, 7]) cache.add('a', record(offset, 10))
    assert.deepEqual(offsets(cache, 'a', 5), [5, 6, 7])
    assert.deepEqual(offsets(cache, 'a', 7), [7])
    assert.equal(offsets(cache, 'a', 4), null)
    assert.equal(offsets(cache, 'b', 5), null)
  })

  it('stops after the record that reaches the limit', () => {
    const cache = new TailCache(100)
    for (const offset of [0, 1, 2]) cache.add('a', record(offset, 10))
    for (const [bytesMax, count] of [
      [0, 1],
      [10, 1],
      [11, 2],
      [99, 3],
    ] as const) {
      assert.equal(offsets(cache, 'a', 0, bytesMax)?.length, count)
    }
  })

  it('lets the oldest records of all sources go at its bound', () => {
    const cache = new TailCache(30)
    cache.add('a', record(0, 10))
    cache.add('b', record(0, 10))
    cache.add('a', record(1, 10))
    cache.add('a', record(2, 10))
    assert.equal(offsets(cache, 'a', 0), null)
    assert.deepEqual(offsets(cache, 'a', 1), [1, 2])
    assert.deepEqual(offsets(cache, 'b', 0), [0])
    cache.add('a', record(3, 30))
    assert.deepEqual(offsets(cache, 'a', 3), [3])
    assert.equal(offsets(cache, 'b', 0), null)
  })

  it('holds nothing where a record is larger than its bound', () => {
    const cache = new TailCache(5)
    cache.add('a', record(0, 10))
    assert.equal(offsets(cache, 'a', 0), null)
  })

  it('stays right over many more records than it holds', () => {
    const cache = new TailCache(100)
    for (let offset = 0; offset < 10_000; offset++) {
      cache.add(`s${offset % 3}`, record(Math.floor(offset / 3), 1))
    }
    assert.deepEqual(offsets(cache, 's0', 3_330), [3_330, 3_331, 3_332, 3_333])
    assert.equal(offsets(cache, 's0', 3_299), null)
  })
})
