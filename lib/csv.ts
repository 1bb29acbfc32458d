// Tables as CSV by RFC 4180: CRLF after every row, quotes where needed.
import { guarded } from '../model/formula-guard.ts'
import type { Cell, Table } from './table.ts'

export const CSV_MEDIA_TYPE = 'text/csv; charset=utf-8; header=present'

/** Some spreadsheets need it to recognise a file as UTF-8. */
export const BYTE_ORDER_MARK = '\ufeff'

export type CsvForm = {
  /** Text from outside that a spreadsheet would run as a formula is prefixed by an apostrophe. */
  readonly formulaGuard: boolean
  /** Begins with a byte order mark. */
  readonly bom: boolean
}

export const CSV_FORM: CsvForm = { formulaGuard: true, bom: false }

const NEEDS_QUOTES = /[",\r\n]/

/** Null is an empty cell. */
export function* csvPieces({ columns, rows }: Table, { formulaGuard, bom }: CsvForm): Generator<string> {
  const lineOf = (row: readonly Cell[]) => `${row.map((cell) => cellText(cell, formulaGuard)).join(',')}\r\n`
  if (bom) yield BYTE_ORDER_MARK
  yield lineOf(columns)
  for (const row of rows) yield lineOf(row)
}

function cellText(cell: Cell, formulaGuard: boolean): string {
  if (cell === null) return ''
  if (typeof cell === 'boolean') return String(cell)
  if (typeof cell === 'object') return cell.rawJSON
  return quoted(formulaGuard ? guarded(cell) : cell)
}

/** Text as a cell, in quotes where it needs them. */
export function quoted(text: string): string {
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
