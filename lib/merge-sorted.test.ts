import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { mergeSorted } from './merge-sorted.ts'

test('sorted sequences become one, however many there are and however they are cut', async () => {
  const sequence = fc.tuple(fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 40 }), fc.nat(7))
  await fc.assert(
    fc.asyncProperty(fc.array(sequence, { maxLength: 12 }), async (wanted) => {
      const sequences = wanted.map(([items, size]) => inLots(items.toSorted(byValue), size + 1))
      const merged = (await Array.fromAsync(mergeSorted(sequences, byValue))).flat()
      assert.deepEqual(merged, wanted.flatMap(([items]) => items).sort(byValue))
    }),
  )
})

test('many items come in lots', async () => {
  const items = Array.from({ length: 2_500 }, (_, i) => i)
  const lots = await Array.fromAsync(mergeSorted([inLots(items, 100)], byValue))
  assert.deepEqual(
    lots.map(({ length }) => length),
    [1_000, 1_000, 500],
  )
})

function byValue(a: number, b: number): number {
  return a - b
}

/** Every second lot is empty. */
async function* inLots(items: readonly number[], size: number): AsyncGenerator<readonly number[]> {
  for (let at = 0; at < items.length; at += size) {
    yield items.slice(at, at + size)
    yield []
  }
}
