// What was done and found, entry by entry, to be looked up later: audits and acts of operators.

/** One book per subject. */
export type Book = 'weak-audit' | 'dead-letters' | 'privacy' | 'imports' | 'alerts'

/** How long books that grow all the time are kept; other books are kept for ever. */
export const KEPT_DAYS: Readonly<Partial<Record<Book, number>>> = { 'weak-audit': 14, alerts: 400 }

export type JournalEntry = {
  /** Rises with every entry of a book: epoch ms, made unique by the writer. */
  readonly atMs: number
  /** The subject: an entry of the same book, time and key replaces the earlier one. */
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
