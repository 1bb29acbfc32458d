// The columns of an export of raw events: the one place that defines them. Imports know these columns by their names
// (tools/replay/columns.ts). Pure.
import { FORMULA_GUARD, FORMULA_STARTS, GUARDED_COLUMN } from '../../../model/formula-guard.ts'
import { literal } from './database.ts'

type ExportColumn = { readonly name: string; readonly isText: boolean; readonly sql: string }

const text = (name: string, sql = name): ExportColumn => ({ name, sql, isText: true })
const number = (name: string, sql = name): ExportColumn => ({ name, sql, isText: false })

/** The archive holds thousandths; an export shows the value itself. */
const VALUE = 'CAST(CAST(value AS DECIMAL(16, 0)) * CAST(0.001 AS DECIMAL(4, 3)) AS DECIMAL(13, 3))'

const COLUMNS: readonly ExportColumn[] = [
  text('tenant'),
  text('video_id'),
  text('type'),
  number('minute'),
  text('id'),
  number('time_ms'),
  number('value', VALUE),
  text('viewer_id'),
  text('channel_id'),
  text('attributes'),
  text('origin'),
  text('log_source', 'source'),
  number('log_offset'),
  number('log_index'),
  number('log_time_ms'),
  text('event_source'),
]

/** The columns of tables, in CSV and in Parquet. */
export const EXPORT_COLUMNS = COLUMNS.map(({ name, sql }) => `${sql} AS ${name}`)

/** The columns of the view `events`, for people who ask in SQL. */
export const EVENT_VIEW_COLUMNS = [
  ...['tenant', 'video_id', 'type', 'id', 'make_timestamp(time_ms * 1000) AS time', `${VALUE} AS value`],
  ...[
    'viewer_id',
    'channel_id',
    'attributes::JSON AS attributes',
    'event_source',
    'minute',
    'NOT on_time AS late',
  ],
]

/** The same, safe to open in a spreadsheet, and with the names of the cells that were changed for it. */
export const GUARDED_COLUMNS = [
  ...COLUMNS.map(({ name, sql, isText }) => `${isText ? guarded(sql) : sql} AS ${name}`),
  `concat_ws(' ', ${touched()}) AS ${GUARDED_COLUMN}`,
]

/** Text that begins like a formula gets an apostrophe; null stays null. */
function guarded(sql: string): string {
  return `CASE WHEN ${isFormula(sql)} THEN ${literal(FORMULA_GUARD)} || ${sql} ELSE ${sql} END`
}

function touched(): string {
  const texts = COLUMNS.filter(({ isText }) => isText)
  return texts.map(({ name, sql }) => `CASE WHEN ${isFormula(sql)} THEN ${literal(name)} END`).join(', ')
}

function isFormula(sql: string): string {
  const starts = Array.from(FORMULA_STARTS, (start) => `chr(${start.codePointAt(0)})`)
  return `left(${sql}, 1) IN (${starts.join(', ')})`
}
