// The journal on Cassandra: entries by month, newest first, and the time of the latest entry of each key.
import type { Client } from 'cassandra-driver'
import type { Clock } from '../../../lib/clock.ts'
import { DAY_MS } from '../../../model/bucket.ts'
import { type Book, type Journal, type JournalEntry, KEPT_DAYS } from '../journal.ts'
import { monthOf } from './periods.ts'
import {
  INSERT_BOOK_MONTH,
  INSERT_ENTRY,
  INSERT_ENTRY_KEY,
  SELECT_BOOK_MONTHS,
  SELECT_ENTRIES,
  SELECT_ENTRY,
  SELECT_ENTRY_KEY,
} from './rollup-statements.ts'
import { Store, type StoreLevels } from './store.ts'
import { bigintValue, dateValue, intValue } from './values.ts'

const FOR_EVER = 0
const TIME_MAX_MS = 8.64e15

type EntryRow = { readonly at: Date; readonly key: string; readonly body: string }

/** All calls fail with a CountsError and are safe to repeat. Reads see every entry of which `append` has resolved. */
export class CassandraJournal implements Journal {
  readonly #store: Store
  readonly #clock: Clock

  constructor(client: Client, clock: Clock, levels?: StoreLevels) {
    this.#store = new Store(client, levels)
    this.#clock = clock
  }

  async append(book: Book, { atMs, key, body }: JournalEntry): Promise<void> {
    const [name, month, at] = [Buffer.from(book), dateValue(monthOf(atMs)), timeValue(atMs)]
    const entryKey = Buffer.from(key)
    const ttl = intValue(this.#ttlSeconds(book, atMs))
    const text = Buffer.from(JSON.stringify(body))
    await this.#store.write([{ query: INSERT_BOOK_MONTH, params: [name, month, ttl] }])
    await this.#store.write([{ query: INSERT_ENTRY, params: [name, month, at, entryKey, text, ttl] }])
    const stamp = bigintValue(BigInt(atMs) * 1_000n)
    await this.#store.write([{ query: INSERT_ENTRY_KEY, params: [name, entryKey, at, stamp, ttl] }])
  }

  async latest(book: Book, limit: number, beforeMs = TIME_MAX_MS): Promise<readonly JournalEntry[]> {
    const before = Math.min(beforeMs, TIME_MAX_MS)
    const params = [book, dateValue(monthOf(before))]
    const months = await this.#store.read<{ month: { date: Date } }>(SELECT_BOOK_MONTHS, params)
    const entries: JournalEntry[] = []
    for (const { month } of months) {
      if (entries.length >= limit) break
      const asked = [
        book,
        dateValue(month.date.getTime() / DAY_MS),
        timeValue(before),
        limit - entries.length,
      ]
      const rows = await this.#store.read<EntryRow>(SELECT_ENTRIES, asked)
      entries.push(...rows.map(entryOf))
    }
    return entries
  }

  async find(book: Book, key: string): Promise<JournalEntry | null> {
    const [latest] = await this.#store.read<{ at: Date }>(SELECT_ENTRY_KEY, [book, key])
    if (latest === undefined) return null
    const atMs = latest.at.getTime()
    const place = [book, dateValue(monthOf(atMs)), timeValue(atMs), key]
    const [entry] = await this.#store.read<EntryRow>(SELECT_ENTRY, place)
    return entry === undefined ? null : entryOf(entry)
  }

  /** At least 1: to Cassandra 0 means for ever. */
  #ttlSeconds(book: Book, atMs: number): number {
    const days = KEPT_DAYS[book]
    if (days === undefined) return FOR_EVER
    return Math.max(1, Math.ceil((atMs + days * DAY_MS - this.#clock.nowMs()) / 1_000))
  }
}

function entryOf({ at, key, body }: EntryRow): JournalEntry {
  return { atMs: at.getTime(), key, body: JSON.parse(body) }
}

function timeValue(timeMs: number): Buffer {
  return bigintValue(BigInt(Math.ceil(timeMs)))
}
