// Two ways to take each event once, and a third in which many events share a hash, must choose the same rows.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openInstance } from './open-instance.ts'
import { chosenSql, countedOnceSql } from './recount-sql.ts'

const IN_TIME = { horizonMs: 100, aheadMs: 50 }
const COLUMNS = ['tenant', 'video_id', 'type', 'minute', 'event_source', 'id', 'value', 'on_time']

/** Few different values, so that many rows are copies, and many are of events that differ in one column. */
const row = fc.record({
  tenant: fc.constantFrom('', 't'),
  video_id: fc.constantFrom('v', 'w'),
  type: fc.constantFrom('view', 'like'),
  minute: fc.constantFrom(0, 1),
  event_source: fc.constantFrom(null, '', 's'),
  id: fc.constantFrom('a', 'b', 'c'),
  value: fc.option(fc.nat(9)),
  origin: fc.constantFrom('events', 'events-overflow', 'events-late', 'import'),
  source: fc.constantFrom('p0', 'p1'),
  log_offset: fc.nat(2),
  log_index: fc.nat(2),
  time_ms: fc.nat(200),
  log_time_ms: fc.nat(200),
})

test('each event is chosen once, and the same row of it, however its names are told apart', async () => {
  const connection = await (await openInstance()).connect()
  const chosen = async (sql: string) => (await connection.runAndReadAll(`${sql} ORDER BY ALL`)).getRowsJson()
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 60 }), async (rows) => {
      // Rows that no column tells apart are one row of the archive.
      const places = rows.map((one, at) => ({ ...one, log_index: one.log_index + 3 * at }))
      const listed = places.map((one) => `(${Object.values(one).map(literal)})`)
      await connection.run(
        `CREATE OR REPLACE TEMP TABLE raw AS FROM (VALUES ${listed}) t(${Object.keys(places[0]!)})`,
      )
      const expected = await chosen(`FROM (${chosenSql('raw', IN_TIME, COLUMNS)})`)
      const once = countedOnceSql('raw', IN_TIME, ['value'], COLUMNS)
      assert.deepEqual(await chosen(`FROM (${once})`), expected)
      const shared = once.replace('hash(', 'hash(tenant) + 0 * hash(')
      assert.notEqual(shared, once)
      assert.deepEqual(await chosen(`FROM (${shared})`), expected, 'events that share a hash')
    }),
    { numRuns: 100 },
  )
})

function literal(value: string | number | null): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}
