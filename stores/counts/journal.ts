// What was done and found, one entry after the other, for anybody to look up later: audits, and acts of operators.

/** One book a subject. */
export type Book = 'weak-audit' | 'dead-letters' | 'privacy' | 'imports' | 'alerts'

/** What is written all the time is kept for so long; other books for ever. */
export const KEPT_DAYS: Readonly<Partial<Record<Book, number>>> = { 'weak-audit': 14, alerts: 400 }

export type JournalEntry = {
  /** Rises with every entry of a book: epoch ms, made unique by the writer. */
  readonly atMs: number
  /** Names what it is about: an entry of the same book, time and key replaces the earlier one. */
  readonly key: string
  /** JSON. */
  readonly body: unknown
}

/** All calls are safe to repeat. Rejections are temporary: try again. */
export interface Journal {
  append(book: Book, entry: JournalEntry): Promise<void>
  /** At most `limit` entries before `beforeMs`, newest first. */
  latest(book: Book, limit: number, beforeMs?: number): Promise<readonly JournalEntry[]>
  /** The latest entry with this key. */
  find(book: Book, key: string): Promise<JournalEntry | null>
}
