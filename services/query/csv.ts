// Tables as CSV by RFC 4180: CRLF after every row, quotes where needed.
import type { Cell, Table } from './tables.ts'

export const CSV_MEDIA_TYPE = 'text/csv; charset=utf-8; header=present'

/** Spreadsheets run text that begins like this as a formula (OWASP, CSV Injection). */
const FORMULA = /^[=+\-@\t\r]/
const NEEDS_QUOTES = /[",\r\n]/

/**
 * Null is an empty cell. Text from outside that a spreadsheet would run is prefixed by an apostrophe; numbers
 * never are, so a negative sum stays a number.
 */
export function* csvPieces({ columns, rows }: Table): Generator<string> {
  yield lineOf(columns)
  for (const row of rows) yield lineOf(row)
}

function lineOf(row: readonly Cell[]): string {
  return `${row.map(cellText).join(',')}\r\n`
}

function cellText(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell === 'boolean') return String(cell)
  if (typeof cell === 'object') return cell.rawJSON
  return quoted(FORMULA.test(cell) ? `'${cell}` : cell)
}

/** Text as a cell, in quotes where it needs them. */
export function quoted(text: string): string {
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
