import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EMPTY } from '../../../model/total.ts'
import type { CountRow } from '../counts.ts'
import type { CountForm } from './count-forms.ts'
import { KnownNotes } from './known-notes.ts'
import { Lots, type NoteStatement, partitionRows } from './partition-rows.ts'
import { SeriesNotes } from './series-notes.ts'
import { INSERT_FIRST_DAY } from './shared-statements.ts'
import { INSERT_DAY } from './statements.ts'
import { dateValue, intValue } from './values.ts'

/** A multiple of 32. */
const DAY_NUMBER = 19_680
const DAY = DAY_NUMBER * 1_440
const RULES = { nowMs: DAY * 60_000, retentionMs: 14 * 86_400_000 }
const SHARED: readonly CountForm[] = [{ fromHour: DAY - 1e6, shards: 4 }]

function lotsOf(rows: readonly CountRow[], knownNotes: KnownNotes, forms = SHARED) {
  const lots = new Lots<NoteStatement>()
  const notes = new SeriesNotes(lots, knownNotes)
  const { parts } = partitionRows([{ sourceId: 's-0', rows, forms }], RULES)
  for (const day of parts.flatMap(({ days }) => days)) notes.add(day)
  return lots.all
}

/** Notes these rows, and remembers it. */
function noted(rows: readonly CountRow[], knownNotes: KnownNotes, forms = SHARED): NoteStatement[] {
  const statements = lotsOf(rows, knownNotes, forms).flatMap((lot) => lot.statements)
  for (const { key, note } of statements) knownNotes.add(key, note)
  return statements
}

function rowOf(video: number, day: number, minute = 0): CountRow {
  const bucket = { tenant: '', videoId: `v${video}`, type: 'view', minute: DAY + day * 1_440 + minute }
  return { bucket, total: { ...EMPTY, count: 1, upTo: 1 } }
}

/** As Cassandra keeps it: of each series the value with the highest timestamp. */
function firstDays(statements: readonly NoteStatement[]): Map<string, number> {
  const kept = new Map<string, { day: number; stamp: bigint }>()
  for (const { query, params } of statements) {
    if (query !== INSERT_FIRST_DAY) continue
    const [shards, , , video, , date, time] = params as Buffer[]
    const name = `${shards!.readInt32BE()} ${video}`
    const [day, stamp] = [date!.readUInt32BE() - 2 ** 31 - DAY_NUMBER, time!.readBigInt64BE()]
    const held = kept.get(name)
    if (held === undefined || stamp > held.stamp) kept.set(name, { day, stamp })
  }
  return new Map(Array.from(kept, ([name, { day }]) => [name, day]))
}

test('the series of a shard are noted together, in one mutation', () => {
  const rows = Array.from({ length: 100 }, (_, video) => rowOf(video, 0))
  const lots = lotsOf(rows, new KnownNotes(1_000))
  assert.deepEqual(
    lots.map(({ statements }) => new Set(statements.map(({ params }) => params[1]!.readInt32BE())).size),
    [1, 1, 1, 1],
  )
  assert.equal(lots.flatMap(({ statements }) => statements).length, 100)
})

test('a series is noted once a month, unless a day comes that is before', () => {
  const known = new KnownNotes(1_000)
  const days = [3, 3, 4, 31, 2, 3, 32, 40, 1, -1]
  assert.deepEqual(
    days.map((day) => noted([rowOf(1, day)], known).length),
    [1, 0, 0, 0, 1, 0, 1, 0, 1, 1],
  )
})

test('the day that stays is the first of all rows, whatever their order and what is forgotten', () => {
  const row = fc.record({ video: fc.nat(5), day: fc.integer({ min: -70, max: 70 }) })
  fc.assert(
    fc.property(
      fc.array(fc.array(row, { maxLength: 6 })),
      fc.integer({ min: 1, max: 20 }),
      (writes, keysMax) => {
        const known = new KnownNotes(keysMax)
        const statements = writes.flatMap((rows) =>
          noted(
            rows.map(({ video, day }) => rowOf(video, day)),
            known,
          ),
        )
        const wanted = new Map<string, number>()
        for (const { video, day } of writes.flat()) {
          const name = `4 v${video}`
          wanted.set(name, Math.min(day, wanted.get(name) ?? day))
        }
        assert.deepEqual(firstDays(statements), wanted)
      },
    ),
  )
})

test('each number of shards has notes of its own, and rows of the table by days have days', () => {
  const forms = [
    { fromHour: DAY + 120, shards: 16 },
    { fromHour: DAY + 60, shards: 2 },
  ]
  const known = new KnownNotes(1_000)
  const rows = [0, 59, 60, 119, 120, 500].map((minute) => rowOf(1, 0, minute))
  const statements = noted(rows, known, forms)
  assert.deepEqual(
    statements.map(({ query, params }) => [query, query === INSERT_DAY ? params[3] : params[0]]),
    [
      [INSERT_DAY, dateValue(DAY_NUMBER)],
      [INSERT_FIRST_DAY, intValue(2)],
      [INSERT_FIRST_DAY, intValue(16)],
    ],
  )
  assert.deepEqual(noted(rows, known, forms), [])
})
