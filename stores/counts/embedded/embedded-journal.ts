// The journal in one process, in the database of the counts. An index holds the time of the latest entry of each key.

import { DAY_MS } from '../../../model/bucket.ts'
import { jsonValue, numbersValue, parseJsonText, parseNumbers } from '../../disk/checked-value.ts'
import type { Operation } from '../../disk/level-database.ts'
import { type Book, type Journal, type JournalEntry, KEPT_DAYS } from '../journal.ts'
import type { KeyRange } from './rows.ts'
import type { SharedDatabase } from './shared-database.ts'

/** Enough for every time that has a four-digit year. */
const TIME_DIGITS = 15
const TIME_MAX_MS = 10 ** TIME_DIGITS - 1
/** Entries that are removed in one batch. */
const SWEEP_ENTRIES_MAX = 1_000

/** All calls fail with a DataDirectoryError. */
export class EmbeddedJournal implements Journal {
  readonly #database: SharedDatabase

  constructor(database: SharedDatabase) {
    this.#database = database
  }

  async append(book: Book, { atMs, key, body }: JournalEntry): Promise<void> {
    const place = entryKey(book, atMs, key)
    const index = indexKey(book, key)
    await this.#database.change(async () => {
      const latest = (await this.#timeOf(index)) ?? atMs
      await this.#database.write([
        { type: 'put', key: place, value: jsonValue(place, body) },
        { type: 'put', key: index, value: numbersValue(index, [Math.max(atMs, latest)]) },
      ])
    })
  }

  async latest(book: Book, limit: number, beforeMs = TIME_MAX_MS): Promise<readonly JournalEntry[]> {
    const range = { gte: bookKey(book), lt: bookKey(book) + timeDigits(Math.min(beforeMs, TIME_MAX_MS)) }
    const entries = await this.#database.lastEntries(range, limit)
    return entries.map(([key, value]) => this.#entryOf(book, key, value))
  }

  async find(book: Book, key: string): Promise<JournalEntry | null> {
    const atMs = await this.#timeOf(indexKey(book, key))
    if (atMs === null) return null
    const place = entryKey(book, atMs, key)
    const [value] = await this.#database.getMany([place])
    return value === undefined ? null : this.#entryOf(book, place, value)
  }

  /** Removes entries that are older than the retention of their book. Returns how many. */
  async sweep(nowMs: number): Promise<number> {
    let removed = 0
    for (const [book, days] of Object.entries(KEPT_DAYS) as [Book, number][]) {
      const range = { gte: bookKey(book), lt: bookKey(book) + timeDigits(nowMs - days * DAY_MS) }
      let lot: number
      do {
        lot = await this.#database.change(() => this.#removeSome(book, range))
        removed += lot
      } while (lot === SWEEP_ENTRIES_MAX)
    }
    return removed
  }

  async #removeSome(book: Book, range: KeyRange): Promise<number> {
    const places = await this.#database.keys(range, SWEEP_ENTRIES_MAX)
    const operations: Operation[] = places.map((key) => ({ type: 'del', key }))
    for (const place of places) {
      const { atMs, key } = parseEntryKey(book, place)
      const index = indexKey(book, key)
      if ((await this.#timeOf(index)) === atMs) operations.push({ type: 'del', key: index })
    }
    await this.#database.write(operations)
    return places.length
  }

  async #timeOf(index: string): Promise<number | null> {
    const [value] = await this.#database.getMany([index])
    return value === undefined ? null : this.#database.checked(index, value, parseNumbers)[0]!
  }

  #entryOf(book: Book, place: string, value: Uint8Array): JournalEntry {
    return {
      ...parseEntryKey(book, place),
      body: JSON.parse(this.#database.checked(place, value, parseJsonText)),
    }
  }
}

function bookKey(book: Book): string {
  return `journal/${book}/`
}

function entryKey(book: Book, atMs: number, key: string): string {
  return `${bookKey(book)}${timeDigits(atMs)}${key}`
}

function parseEntryKey(book: Book, place: string): { readonly atMs: number; readonly key: string } {
  const start = bookKey(book).length
  return {
    atMs: Number(place.slice(start, start + TIME_DIGITS)),
    key: place.slice(start + TIME_DIGITS),
  }
}

function indexKey(book: Book, key: string): string {
  return `journal-key/${book}/${key}`
}

function timeDigits(timeMs: number): string {
  return String(Math.max(0, Math.ceil(timeMs))).padStart(TIME_DIGITS, '0')
}
