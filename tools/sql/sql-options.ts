// The flags of npm run sql, and its help.
import { isOn, parsed, text, url, wholeNumber } from '../../lib/flags.ts'
import { FlagsReader } from '../../lib/flags-reader.ts'
import { SQL_LIMITS } from '../../services/reconciler/questions/sql-route.ts'

export const COMMAND = {
  usage: `npm run sql -- "SELECT …" [flags]
                                 in the SQL of DuckDB, from events

  Asks a running server about its archived events, of all tenants, each once. Nothing else can be read, and nothing can
  be changed.`,
  flags: {
    url: url('the server', 'http://localhost:8080'),
    key: text('KEY', 'the key of an admin, if keys are on (default: the variable ADMIN_KEY)'),
    from: parsed('TIME', 'only events from then on (default: 24 hours before the end)', null, timeOf),
    to: parsed('TIME', 'only events before (default: now)', null, timeOf),
    limit: wholeNumber('N', 'rows', SQL_LIMITS.rowsDefault, { least: 1, most: SQL_LIMITS.rowsMax }),
    json: isOn('print the answer of the server'),
  },
  takesOperands: true,
  notes: `The columns of events: tenant, video_id, type, id, time, value, viewer_id, channel_id, attributes (JSON),
event_source, minute, late.

npm run sql -- "SELECT attributes->>'$.country' AS country, count(*) AS views FROM events
  WHERE type = 'view' GROUP BY country ORDER BY views DESC"

Exit code 0 if there is an answer, 1 if the server refuses or does not answer, 2 if the command was used wrongly.`,
}

export type SqlOptions = {
  readonly sql: string
  readonly url: string
  readonly key: string | null
  readonly from: string | null
  readonly to: string | null
  readonly limit: number
  readonly json: boolean
}

/** Throws a UsageFault that names every fault. */
export function parseOptions(args: readonly string[], keyDefault: string | undefined): SqlOptions {
  const read = new FlagsReader(COMMAND, args)
  const { key, ...values } = read.values
  const [sql, ...more] = read.operands
  read.refuseIf(sql === undefined, 'say what to ask, in quotes: npm run sql -- "SELECT count(*) FROM events"')
  read.refuseIf(more.length > 0, 'put the whole question into quotes')
  read.check()
  return { ...values, sql: sql!, key: key ?? keyDefault ?? null }
}

function timeOf(given: string): string {
  if (Number.isNaN(Date.parse(given))) throw new Error('must be a time such as 2026-11-30T08:00:00Z')
  return new Date(given).toISOString()
}
