import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MINUTE_MS } from '../../../model/bucket.ts'
import { EMPTY } from '../../../model/total.ts'
import type { CountRow } from '../counts.ts'
import { type CountForm, shardOf } from './count-forms.ts'
import { type Lot, partitionRows, type RowStatement } from './partition-rows.ts'
import { INSERT_SHARED_TOTAL } from './shared-statements.ts'
import { INSERT_TOTAL } from './statements.ts'

const DAY = 28_332_000
const RULES = { nowMs: DAY * MINUTE_MS, retentionMs: 14 * 86_400_000 }

/** The first hour and the last, a bit each. */
const LAST = `1${'0'.repeat(23)}`
const ONE_AND_LAST = `1${'0'.repeat(22)}1`

function partsOf(rows: readonly CountRow[], forms: readonly CountForm[] = []) {
  const { lots, parts } = partitionRows([{ sourceId: 's-0', rows, forms }], RULES)
  return { lots, ...parts[0]! }
}

function rowOf(videoId: string, minute: number, upTo = 1): CountRow {
  return { bucket: { tenant: '', videoId, type: 'view', minute }, total: { ...EMPTY, count: 1, upTo } }
}

function rowsOf(lots: readonly Lot<RowStatement>[]): CountRow[][] {
  return lots.map(({ statements }) => statements.map(({ row }) => row))
}

test('rows are parted by series and day', () => {
  const rows = [
    rowOf('a', DAY),
    rowOf('b', DAY),
    rowOf('a', DAY + 1_439),
    rowOf('a', DAY + 1_440),
    rowOf('a', DAY - 1),
  ]
  const { days, lots, refused } = partsOf(rows)
  const parts = [[rows[0], rows[2]], [rows[1]], [rows[3]], [rows[4]]]
  assert.deepEqual(rowsOf(lots), parts)
  assert.deepEqual(
    days.map(({ day, hours, hoursOfOwn }) => [day - DAY / 1_440, hours.toString(2), hoursOfOwn.toString(2)]),
    [
      [0, ONE_AND_LAST, ONE_AND_LAST],
      [0, '1', '1'],
      [1, '1', '1'],
      [-1, LAST, LAST],
    ],
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
  const { days, lots } = partsOf(rows, forms)
  const [a59, b59, a60, b60, a119, b119, a120, b120, a179, b179, a180, b180] = rows
  assert.deepEqual(rowsOf(lots), [
    ...[[a59], [b59], [a60, a119], [b60, b119]],
    ...[
      [a120, b120, a179, b179],
      [a180, b180],
    ],
  ])
  const tables = lots.map(({ statements }) => new Set(statements.map(({ query }) => query)))
  assert.deepEqual(
    tables,
    lots.map((_, i) => new Set([i < 2 ? INSERT_TOTAL : INSERT_SHARED_TOTAL])),
  )
  assert.deepEqual(
    days.map(({ hours, hoursOfOwn, shards }) => [hours, hoursOfOwn, shards]),
    Array(2).fill([0b1111, 0b1, [4_096, 1]]),
  )
})

test('a row has the same version and the same time to live in either table', () => {
  const [own, shared] = [[], [{ fromHour: DAY, shards: 16 }]].map((forms) => {
    const { lots } = partsOf([rowOf('a', DAY, 77)], forms)
    return lots[0]!.statements[0]!.params
  })
  assert.deepEqual(shared!.slice(-5), own!.slice(-5)) // minute, source, total, timestamp, time to live
})

test('what no value can hold is refused with a reason, the rest is not', () => {
  const broken = { ...rowOf('a', DAY), total: { ...EMPTY, count: 0.5, upTo: 1 } }
  const wide = { ...rowOf('a', DAY), total: { ...EMPTY, sum: 2n ** 127n, upTo: 1 } }
  const rows = [rowOf('a', DAY), broken, rowOf('x'.repeat(65_536), DAY), wide]
  const { lots, refused } = partsOf(rows)
  assert.deepEqual(rowsOf(lots), [[rows[0]]])
  assert.deepEqual(
    refused.map(({ row }) => row),
    rows.slice(1),
  )
  for (const { reason } of refused) assert.match(reason, /./)
})

/** What Cassandra would read. */
function readBound({ query, params }: RowStatement) {
  const isShared = query === INSERT_SHARED_TOTAL
  const [tenant, videoId, type] = params.slice(isShared ? 2 : 0).map(String)
  const [start, source, total, stamp, ttl] = params.slice(-5) as [Buffer, Buffer, Buffer, Buffer, Buffer]
  return {
    place: isShared
      ? `${params[1]!.readBigInt64BE()} ${params[0]!.readInt32BE()}`
      : params[3]!.readUInt32BE() - 2 ** 31,
    bucket: { tenant, videoId, type, minute: Number(start.readBigInt64BE()) / MINUTE_MS },
    source: String(source),
    total: fieldsOf(total),
    stamp: stamp.readBigInt64BE(),
    ttl: ttl.readInt32BE(),
  }
}

function fieldsOf(bytes: Buffer): (bigint | null)[] {
  const fields: (bigint | null)[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readInt32BE(at)
    const digits = length < 0 ? null : bytes.toString('hex', at + 4, at + 4 + length)
    fields.push(digits === null ? null : BigInt.asIntN(4 * digits.length, BigInt(`0x${digits}`)))
    at += 4 + Math.max(0, length)
  }
  return fields
}

test('each row is bound to its own values, whatever others it is written with', () => {
  const text = fc.oneof(fc.constantFrom('', 'a', 'b'), fc.string({ unit: 'grapheme', maxLength: 5 }))
  const whole = fc.maxSafeNat()
  const integer = fc.maxSafeInteger()
  const rows = fc.array(
    fc.record({
      bucket: fc.record({
        ...{ tenant: text, videoId: text, type: text },
        minute: fc.integer({ min: DAY - 1_500, max: DAY + 1_500 }),
      }),
      total: fc.record({
        ...{ count: whole, values: whole, upTo: whole },
        sum: fc.bigInt({ min: -(2n ** 126n), max: 2n ** 126n }),
        ...{ min: fc.option(integer), max: fc.option(integer) },
      }),
    }),
  )
  const sources = fc.array(rows, { minLength: 1, maxLength: 3 })
  const entry = fc.record({
    fromHour: fc.constantFrom(DAY - 60, DAY, DAY + 1_440),
    shards: fc.constantFrom(1, 5),
  })
  const newestFirst = (found: CountForm[]) => found.sort((a, b) => b.fromHour - a.fromHour)
  const entries = fc.uniqueArray(entry, { selector: ({ fromHour }) => fromHour }).map(newestFirst)
  fc.assert(
    fc.property(sources, entries, (given, forms) => {
      const writes = given.map((ofSource, i) => ({ sourceId: `s-${i}`, rows: ofSource, forms }))
      const { lots, parts } = partitionRows(writes, RULES)
      assert.deepEqual(
        parts.flatMap(({ refused }) => refused),
        [],
      )
      for (const { statements } of lots) {
        assert.equal(new Set(statements.map((one) => `${one.query} ${readBound(one).place}`)).size, 1)
      }
      const statements = lots.flatMap((lot) => lot.statements)
      assert.equal(statements.length, given.flat().length)
      for (const one of statements) {
        const { bucket, total } = one.row
        const { minute } = bucket
        const hour = Math.floor(minute / 60) * 60
        const shards = forms.find(({ fromHour }) => fromHour <= minute)?.shards
        assert.ok(one.write.rows.includes(one.row))
        assert.deepEqual(readBound(one), {
          place:
            shards === undefined
              ? Math.floor(minute / 1_440)
              : `${hour * MINUTE_MS} ${shardOf(bucket, shards)}`,
          bucket: { ...bucket },
          source: one.write.sourceId,
          total: [total.count, total.values, total.sum, total.min, total.max, total.upTo].map((value) =>
            value === null ? null : BigInt(value),
          ),
          stamp: BigInt(minute) * 60_000_000n + BigInt(total.upTo),
          ttl: (minute - DAY) * 60 + 14 * 86_400,
        })
      }
    }),
  )
})
