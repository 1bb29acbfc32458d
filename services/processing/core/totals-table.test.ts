import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EMPTY, type Total } from '../../../model/total.ts'
import { TotalsTable } from './totals-table.ts'

const VALUE_MAX = 1e12

type Count = { readonly key: number; readonly value: number | null }

/** A table, and simple totals for comparison. */
class Checked {
  readonly table = new TotalsTable()
  readonly #totals = new Map<string, Total>()
  #offset = 0

  insert(key: number, stored: Total | null): void {
    const { bytes, bucket } = keyOf(key)
    this.table.insert(bytes, 1, bytes.length, hashOf(key), bucket, stored)
    this.#totals.set(bucket.videoId, stored ?? { ...EMPTY, upTo: -1 })
  }

  count({ key, value }: Count, offset = this.#offset++): void {
    const { bytes, bucket } = keyOf(key)
    if (this.rowOf(key) < 0) this.insert(key, null)
    this.table.count(this.rowOf(key), offset, value ?? Number.NaN)
    this.#totals.set(bucket.videoId, plus(this.#totals.get(bucket.videoId)!, value, offset))
    assert.equal(this.table.find(bytes, 1, bytes.length, hashOf(key) + 1), -1)
  }

  rowOf(key: number): number {
    const { bytes } = keyOf(key)
    return this.table.find(bytes, 1, bytes.length, hashOf(key))
  }

  takesChanged(...keys: readonly number[]): void {
    const taken = this.table.takeChanged().map(({ bucket, total }) => [bucket.videoId, total] as const)
    const expected = keys.map((key) => keyOf(key).bucket.videoId)
    assert.deepEqual(taken.map(([name]) => name).sort(), expected.sort())
    for (const [name, total] of taken) assert.deepEqual(total, this.#totals.get(name))
    assert.equal(this.table.changedRows, 0)
  }
}

function plus(total: Total, value: number | null, offset: number): Total {
  const withEvent = { ...total, count: total.count + 1, upTo: offset }
  if (value === null) return withEvent
  return {
    ...withEvent,
    values: total.values + 1,
    sum: total.sum + BigInt(value),
    min: Math.min(total.min ?? value, value),
    max: Math.max(total.max ?? value, value),
  }
}

/** Preceded by a foreign byte, as in a record. */
function keyOf(key: number) {
  const videoId = `v${key}`
  return { bytes: Buffer.from(`.${videoId}`), bucket: { tenant: '', videoId, type: 'view', minute: 0 } }
}

/** Many keys share a hash, so that only their bytes tell them apart. */
function hashOf(key: number): number {
  return key % 7
}

const value = fc.option(
  fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -VALUE_MAX, max: VALUE_MAX })),
)
const counts = fc.array(fc.record({ key: fc.nat({ max: 60 }), value }), { maxLength: 200 })

test('totals are those of plain addition, and each changed row is taken once', () => {
  fc.assert(
    fc.property(fc.array(counts, { maxLength: 4 }), (rounds) => {
      const checked = new Checked()
      for (const round of rounds) {
        for (const count of round) checked.count(count)
        checked.takesChanged(...new Set(round.map(({ key }) => key)))
      }
    }),
  )
})

test('sums are exact far beyond 2^53, up and down and through zero', () => {
  const checked = new Checked()
  for (const sign of [1, -1, -1, 1]) {
    for (let i = 0; i < 20_000; i++) checked.count({ key: 0, value: sign * (VALUE_MAX - 1) })
    checked.takesChanged(0)
  }
})

test('a row read from the store is changed at once and skips what it includes', () => {
  const checked = new Checked()
  const stored = { count: 5, values: 2, sum: -(2n ** 70n) - 3n, min: -9, max: 4, upTo: 100 }
  checked.insert(1, stored)
  checked.takesChanged(1)
  for (const offset of [99, 100]) checked.table.count(checked.rowOf(1), offset, 1_000)
  assert.equal(checked.table.changedRows, 0)
  checked.count({ key: 1, value: -20 }, 101)
  checked.count({ key: 1, value: 7 }, 101)
  checked.takesChanged(1)
})

test('a stored sum of either sign comes back', () => {
  for (const sum of [0n, 1n, -1n, 2n ** 50n, -(2n ** 50n), 2n ** 80n - 1n, 1n - 2n ** 80n]) {
    const checked = new Checked()
    checked.insert(0, { count: 1, values: 1, sum, min: 0, max: 0, upTo: 0 })
    checked.count({ key: 0, value: 1 }, 1)
    checked.takesChanged(0)
  }
})

test('rows are found by their bytes when thousands share a hash', () => {
  const checked = new Checked()
  const keys = Array.from({ length: 2_000 }, (_, key) => key)
  for (const key of keys) checked.count({ key, value: key })
  assert.deepEqual(
    keys.map((key) => checked.rowOf(key)),
    keys,
  )
  assert.equal(checked.rowOf(2_000), -1)
  assert.equal(checked.table.rows, 2_000)
  checked.takesChanged(...keys)
})

test('a table made of the columns of another goes on like it', () => {
  fc.assert(
    fc.property(counts, counts, (before, after) => {
      const checked = new Checked()
      for (const count of before) checked.count(count)
      checked.table.takeChanged()
      const copy = TotalsTable.from(structuredClone(checked.table.columns()), (key) => ({
        ...keyOf(0).bucket,
        videoId: Buffer.from(key).toString(),
      }))
      assert.equal(copy.changedRows, 0)
      const rows = after.filter(({ key }) => checked.rowOf(key) >= 0)
      for (const [i, { key, value }] of rows.entries()) {
        for (const table of [copy, checked.table])
          table.count(checked.rowOf(key), 1_000 + i, value ?? Number.NaN)
      }
      assert.deepEqual(copy.takeChanged(), checked.table.takeChanged())
    }),
  )
})
