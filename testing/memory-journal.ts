// The journal in memory: the reference form, for tests and simulations.
import type { Book, Journal, JournalEntry } from '../stores/counts/journal.ts'

export class MemoryJournal implements Journal {
  readonly #books = new Map<Book, Map<string, JournalEntry>>()

  async append(book: Book, entry: JournalEntry): Promise<void> {
    const entries = this.#books.getOrInsertComputed(book, () => new Map())
    entries.set(`${entry.atMs} ${entry.key}`, { ...entry, body: structuredClone(entry.body) })
  }

  async latest(book: Book, limit: number, beforeMs = Number.POSITIVE_INFINITY) {
    return this.#newestFirst(book)
      .filter(({ atMs }) => atMs < beforeMs)
      .slice(0, limit)
  }

  async find(book: Book, key: string): Promise<JournalEntry | null> {
    return this.#newestFirst(book).find((entry) => entry.key === key) ?? null
  }

  #newestFirst(book: Book): JournalEntry[] {
    return Array.from(this.#books.get(book)?.values() ?? []).sort((a, b) => b.atMs - a.atMs)
  }
}
