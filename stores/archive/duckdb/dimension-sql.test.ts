// Rolling up by attributes ranks values only where there may be too many, and tells the hours of series apart by a
// hash. Where two have the same hash, the rows must be the same.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { hourOf } from '../../../model/bucket.ts'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { CREATE_NOTHING } from './columns.ts'
import { literal } from './database.ts'
import { chooseEvents } from './dimension-rollups.ts'
import { chooseSql, rolledUpRows, SERIES_HASH } from './dimension-sql.ts'
import { openInstance } from './open-instance.ts'

const DIMENSIONS = ['country', 'device']
const HOURS = [0, 60]
const WHAT = { hours: HOURS, dimensions: DIMENSIONS, horizonMs: 100, aheadMs: 50 }
const FIXED = `'events' AS origin, 'p0' AS source, 0 AS log_offset, 0::BIGINT AS time_ms, 0::BIGINT AS log_time_ms,
  NULL::VARCHAR AS event_source`

type Event = {
  readonly tenant: string
  readonly video_id: string
  readonly type: string
  readonly minute: number
  readonly value: number | null
  readonly attributes: string
}

/** Places in a row. */
const IS_OTHER = 5
const COUNT = 6

/** Few different values, so that series have many events, and several have the same values. */
const event: fc.Arbitrary<Event> = fc.record({
  tenant: fc.constantFrom('', 't'),
  video_id: fc.constantFrom('v', 'w', 'x'),
  type: fc.constantFrom('view', 'like'),
  minute: fc.constantFrom(0, 1, 60),
  value: fc.option(fc.nat(9)),
  attributes: fc
    .record({ country: fc.constantFrom('DE', 'FR', 'IN', ''), device: fc.constantFrom('tv', 'phone') })
    .map((one) => JSON.stringify(one)),
})

/** How many values are kept apart in all hours of series together. */
function namedValues(events: readonly Event[], by: string, valuesMax: number): number {
  const seriesHour = (one: Event) => `${one.tenant} ${one.video_id} ${one.type} ${hourOf(one.minute)}`
  const groups = Map.groupBy(events, seriesHour).values()
  return groups.reduce((sum, group) => {
    const values = new Set(group.map(({ attributes }) => JSON.parse(attributes)[by]))
    return sum + Math.min(values.size, valuesMax)
  }, 0)
}

test('every hour of a series keeps as many values as it may, also where it shares a hash with another', async () => {
  await using directory = await temporaryDirectory()
  const path = join(directory.path, 'raw.parquet')
  const connection = await (await openInstance()).connect()
  await connection.run(CREATE_NOTHING)
  const rolledUp = async (seriesHash: string, valuesMax: number) => {
    const sql = chooseSql([path], HOURS, { ...WHAT, valuesMax }, { part: 0, of: 1 })
    const chosen = sql.replace(SERIES_HASH, seriesHash)
    assert.ok(seriesHash === SERIES_HASH || chosen !== sql)
    await chooseEvents(connection, chosen)
    const read = async (dimension: number) => {
      const { sql: rows, order } = rolledUpRows(dimension, valuesMax)
      return (await connection.runAndReadAll(`FROM (${rows}) ORDER BY ${order}`)).getRowsJson()
    }
    return [await read(0), await read(1)]
  }
  await fc.assert(
    fc.asyncProperty(
      fc.array(event, { minLength: 1, maxLength: 80 }),
      fc.integer({ min: 1, max: 3 }),
      async (events, valuesMax) => {
        const listed = events.map((one, i) => {
          const texts = [one.tenant, one.video_id, one.type, `e${i}`, one.attributes].map(literal)
          return `(${[...texts, one.minute, one.value ?? 'NULL::BIGINT', i]})`
        })
        await connection.run(`COPY (
          SELECT *, ${FIXED} FROM (VALUES ${listed})
          t(tenant, video_id, type, id, attributes, minute, value, log_index)
        ) TO ${literal(path)} (FORMAT parquet)`)
        const expected = await rolledUp(SERIES_HASH, valuesMax)
        for (const [i, rows] of expected.entries()) {
          const counted = rows.reduce((sum, row) => sum + Number(row[COUNT]), 0)
          assert.equal(counted, events.length)
          const named = rows.filter((row) => row[IS_OTHER] === false)
          assert.equal(named.length, namedValues(events, DIMENSIONS[i]!, valuesMax))
        }
        for (const hash of ['hash(type)', 'hash(hour, video_id)', '0::UBIGINT'])
          assert.deepEqual(await rolledUp(hash, valuesMax), expected, hash)
      },
    ),
    { numRuns: 60 },
  )
})
