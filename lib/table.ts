// Rows and columns on their way into an answer or a file.
import type { ExactNumber } from './exact-number.ts'

export type Cell = string | boolean | ExactNumber | null

/** Rows are produced lazily, as they are consumed. */
export type Table = { readonly columns: readonly string[]; readonly rows: Iterable<readonly Cell[]> }
