// Reads CSV by RFC 4180 as it streams in: quoted fields, doubled quotes, line ends inside quotes, LF or CRLF.
// A quote inside an unquoted field is an ordinary character. Empty lines are not records.
import { Fault } from '../../lib/fault.ts'

export type CsvRecord = {
  /** The line on which the record begins, from 1. */
  readonly line: number
  readonly fields: readonly string[]
  /** Why the record cannot be read, else null. */
  readonly fault: string | null
}

type Parsed = { readonly fields: string[]; readonly next: number; readonly fault: string | null }

/** An unclosed quote must not load a whole file into memory. */
export const RECORD_CHARS_MAX = 1_024 * 1_024

export class CsvReader {
  #rest = ''
  #line = 1

  /**
   * The records that are complete with this piece of text. Fails with a Fault on one that is far too
   * long.
   */
  push(text: string): CsvRecord[] {
    return this.#take(this.#rest + text, false)
  }

  /** The last record, if the text does not end in a line end. */
  end(): CsvRecord[] {
    return this.#take(this.#rest.replace(/\r$/, ''), true)
  }

  #take(text: string, isLast: boolean): CsvRecord[] {
    const records: CsvRecord[] = []
    let from = 0
    while (from < text.length) {
      const parsed = parseRecord(text, from, isLast)
      if (parsed === null) break
      const { fields, next, fault } = parsed
      if (fields.length > 1 || fields[0] !== '' || fault) records.push({ line: this.#line, fields, fault })
      this.#line += lineEnds(text, from, next)
      from = next
    }
    this.#rest = text.slice(from)
    if (this.#rest.length > RECORD_CHARS_MAX) {
      throw new Fault(`line ${this.#line}: a record of more than ${RECORD_CHARS_MAX} characters`)
    }
    return records
  }
}

/** The record that begins at `from`; null if more text is needed to find its end. */
function parseRecord(text: string, from: number, isLast: boolean): Parsed | null {
  const lineEnd = text.indexOf('\n', from)
  if (lineEnd === -1 && !isLast) return null
  const end = lineEnd === -1 ? text.length : lineEnd
  const line = text.slice(from, text[end - 1] === '\r' && end > from ? end - 1 : end)
  if (line.includes('"')) return parseQuoted(text, from, isLast)
  return { fields: line.split(','), next: end + 1, fault: null }
}

function parseQuoted(text: string, from: number, isLast: boolean): Parsed | null {
  const fields: string[] = []
  for (let at = from; ; at++) {
    let end: number
    if (text[at] === '"') {
      const close = closingQuote(text, at)
      if (!isLast && (close === -1 || close + 2 >= text.length)) return null
      if (close === -1) return { fields, next: text.length, fault: 'a quote is never closed' }
      fields.push(text.slice(at + 1, close).replaceAll('""', '"'))
      end = text.startsWith('\r\n', close + 1) ? close + 2 : close + 1
    } else {
      end = fieldEnd(text, at)
      if (end === text.length && !isLast) return null
      fields.push(text.slice(at, text[end] === '\n' && text[end - 1] === '\r' && end > at ? end - 1 : end))
    }
    if (end >= text.length || text[end] === '\n') return { fields, next: end + 1, fault: null }
    if (text[end] !== ',') return { fields, next: nextLine(text, end), fault: 'text after a closing quote' }
    at = end
  }
}

function closingQuote(text: string, open: number): number {
  let close = text.indexOf('"', open + 1)
  while (close !== -1 && text[close + 1] === '"') close = text.indexOf('"', close + 2)
  return close
}

function fieldEnd(text: string, from: number): number {
  let at = from
  while (at < text.length && text[at] !== ',' && text[at] !== '\n') at++
  return at
}

function nextLine(text: string, from: number): number {
  const lineEnd = text.indexOf('\n', from)
  return lineEnd === -1 ? text.length : lineEnd + 1
}

function lineEnds(text: string, from: number, to: number): number {
  let count = 0
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) count++
  return count
}
