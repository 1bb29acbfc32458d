import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EMPTY } from '../../../model/total.ts'
import type { CountRow } from '../counts.ts'
import type { CountForm } from './count-forms.ts'
import { addHourNotes } from './hour-notes.ts'
import { KnownNotes } from './known-notes.ts'
import { Lots, type NoteStatement, partitionRows } from './partition-rows.ts'
import { INSERT_COUNTED_HOUR, INSERT_HOUR_SERIES } from './statements.ts'

const DAY = 28_332_000
const NOW_MS = DAY * 60_000
const RETENTION_MS = 14 * 86_400_000
/** Hour and shard. */
const KEY_PARAMS = 2

function notesOf(rows: readonly CountRow[], knownNotes: KnownNotes, forms: readonly CountForm[] = []) {
  const rules = { nowMs: NOW_MS, retentionMs: RETENTION_MS }
  const lots = new Lots<NoteStatement>()
  for (const part of partitionRows([{ sourceId: 's-0', rows, forms }], rules).parts) {
    addHourNotes(lots, { knownNotes, nowMs: () => NOW_MS, retentionMs: RETENTION_MS }, part)
  }
  return lots.all
}

function rowOf(video: number, minute: number): CountRow {
  const bucket = { tenant: '', videoId: `v${video}`, type: 'view', minute: DAY + minute }
  return { bucket, total: { ...EMPTY, count: 1, upTo: 1 } }
}

test('series of one hour and shard are noted together, and each once', () => {
  const buckets = fc.record({ video: fc.nat(60), minute: fc.integer({ min: -90, max: 90 }) })
  fc.assert(
    fc.property(fc.array(buckets, { maxLength: 200 }), (wanted) => {
      const rows = wanted.map(({ video, minute }) => rowOf(video, minute))
      const lots = notesOf(rows, new KnownNotes(1_000)).filter(({ statements }) => {
        return statements[0]!.query === INSERT_HOUR_SERIES
      })
      const keys = lots.map(({ statements }) => {
        const ofLot = statements.map(({ params }) =>
          Buffer.concat(params.slice(0, KEY_PARAMS)).toString('hex'),
        )
        assert.equal(new Set(ofLot).size, 1)
        return ofLot[0]
      })
      assert.equal(new Set(keys).size, lots.length)
      const noted = lots.flatMap(({ statements }) => statements.map(({ key, note }) => `${key} ${note}`))
      const series = wanted.map(({ video, minute }) => `${video} ${Math.floor(minute / 60)}`)
      assert.equal(noted.length, new Set(series).size)
      assert.equal(new Set(noted).size, noted.length)
    }),
  )
})

test('what is known is not noted again', () => {
  const knownNotes = new KnownNotes(1_000)
  const first = notesOf([rowOf(1, 0), rowOf(2, 0)], knownNotes)
  for (const { statements } of first) for (const { key, note } of statements) knownNotes.add(key, note)
  const keys = notesOf([rowOf(1, 5), rowOf(3, 0)], knownNotes).flatMap(({ statements }) => statements)
  assert.equal(keys.length, 1)
})

test('series are not noted in hours whose rows can be listed themselves', () => {
  const forms = [{ fromHour: DAY + 60, shards: 4 }]
  const lots = notesOf([rowOf(1, 0), rowOf(1, 60), rowOf(2, 61), rowOf(2, 130)], new KnownNotes(1_000), forms)
  const queries = lots.flatMap(({ statements }) => statements.map(({ query }) => query))
  assert.equal(queries.filter((query) => query === INSERT_HOUR_SERIES).length, 1)
  assert.equal(queries.filter((query) => query === INSERT_COUNTED_HOUR).length, 3)
})
