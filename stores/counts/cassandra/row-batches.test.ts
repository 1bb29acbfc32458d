import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EMPTY } from '../../../model/total.ts'
import type { CountRow } from '../counts.ts'
import { type Partition, packBatches, partitionRows, ttlSeconds } from './row-batches.ts'
import { INSERT_SHARED_TOTAL } from './shared-statements.ts'
import { INSERT_TOTAL } from './statements.ts'

const DAY = 28_332_000
const NOW_MS = DAY * 60_000
const RETENTION_MS = 14 * 86_400_000
const RULES = { forms: [], nowMs: NOW_MS, retentionMs: RETENTION_MS }

function rowOf(videoId: string, minute: number, upTo = 1): CountRow {
  return { bucket: { tenant: '', videoId, type: 'view', minute }, total: { ...EMPTY, count: 1, upTo } }
}

function rowsOf(partitions: readonly Partition[]): CountRow[][] {
  return partitions.map(({ statements }) => statements.map(({ row }) => row))
}

test('rows are parted by series and day', () => {
  const rows = [
    rowOf('a', DAY),
    rowOf('b', DAY),
    rowOf('a', DAY + 1_439),
    rowOf('a', DAY + 1_440),
    rowOf('a', DAY - 1),
  ]
  const { days, partitions, refused } = partitionRows('s-0', rows, RULES)
  const parts = [[rows[0], rows[2]], [rows[1]], [rows[3]], [rows[4]]]
  assert.deepEqual(rowsOf(partitions), parts)
  assert.deepEqual(
    days.map((day) => day.rows),
    parts,
  )
  assert.deepEqual(refused, [])
})

test('from the hour of an entry on rows of all videos of a shard are parted by hour', () => {
  const forms = [
    { fromHour: DAY + 120, shards: 1 },
    { fromHour: DAY + 60, shards: 4_096 },
  ]
  const rows = [59, 60, 119, 120, 179, 180].flatMap((minute) => [
    rowOf('a', DAY + minute),
    rowOf('b', DAY + minute),
  ])
  const { days, partitions } = partitionRows('s-0', rows, { ...RULES, forms })
  const [a59, b59, a60, b60, a119, b119, a120, b120, a179, b179, a180, b180] = rows
  assert.deepEqual(rowsOf(partitions), [
    ...[[a59], [b59], [a60, a119], [b60, b119]],
    ...[
      [a120, b120, a179, b179],
      [a180, b180],
    ],
  ])
  const tables = partitions.map(({ statements }) => new Set(statements.map(({ query }) => query)))
  assert.deepEqual(
    tables,
    partitions.map((_, i) => new Set([i < 2 ? INSERT_TOTAL : INSERT_SHARED_TOTAL])),
  )
  assert.deepEqual(
    days.map((day) => day.rows.length),
    [6, 6],
  )
})

test('a row has the same version and the same time to live in either table', () => {
  const [own, shared] = [[], [{ fromHour: DAY, shards: 16 }]].map((forms) => {
    const { partitions } = partitionRows('s-0', [rowOf('a', DAY, 77)], { ...RULES, forms })
    return partitions[0]!.statements[0]!.params
  })
  assert.deepEqual(shared!.slice(-5), own!.slice(-5)) // minute, source, total, timestamp, time to live
})

test('what no value can hold is refused with a reason, the rest is not', () => {
  const broken = { ...rowOf('a', DAY), total: { ...EMPTY, count: 0.5, upTo: 1 } }
  const wide = { ...rowOf('a', DAY), total: { ...EMPTY, sum: 2n ** 127n, upTo: 1 } }
  const rows = [rowOf('a', DAY), broken, rowOf('x'.repeat(65_536), DAY), wide]
  const { partitions, refused } = partitionRows('s-0', rows, RULES)
  assert.deepEqual(rowsOf(partitions), [[rows[0]]])
  assert.deepEqual(
    refused.map(({ row }) => row),
    rows.slice(1),
  )
  for (const { reason } of refused) assert.match(reason, /./)
})

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
