import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { packBatches, ttlSeconds } from './row-batches.ts'

const DAY = 28_332_000
const NOW_MS = DAY * 60_000
const RETENTION_MS = 14 * 86_400_000

test('a batch holds either many rows of one partition or few of neighbours', () => {
  const lots = fc.array(fc.record({ place: fc.constantFrom('1', '2'), length: fc.nat(250) }), {
    maxLength: 30,
  })
  fc.assert(
    fc.property(lots, (wanted) => {
      const all = wanted.map(({ place, length }, lot) => ({
        place,
        statements: Array.from({ length }, (_, i) => ({ query: '', params: [], lot, place, i })),
      }))
      const batches = packBatches(all)
      assert.equal(batches.flat().length, all.flatMap(({ statements }) => statements).length)
      assert.equal(new Set(batches.flat()).size, batches.flat().length)
      for (const batch of batches) {
        const lotsIn = new Set(batch.map(({ lot }) => lot))
        assert.ok(batch.length > 0 && batch.length <= (lotsIn.size > 1 ? 20 : 100))
        assert.equal(new Set(batch.map(({ place }) => place)).size, 1)
      }
    }),
  )
})

function checkTtl(minute: number, expected: number): void {
  test(`a row of minute ${minute - DAY} lives for ${expected} s`, () => {
    assert.equal(ttlSeconds(minute, NOW_MS, RETENTION_MS), expected)
  })
}

checkTtl(DAY, 1_209_600)
checkTtl(DAY + 1, 1_209_660)
checkTtl(DAY - 1, 1_209_540)
checkTtl(DAY - 14 * 1_440, 1)
checkTtl(DAY - 99 * 1_440, 1)
checkTtl(DAY * 9, 630_720_000)
