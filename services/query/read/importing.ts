// Which minutes have imported events that are not counted yet: until the batch layer has recounted them, no answer
// about them is complete. Pure.
import type { Journal, JournalEntry } from '../../../stores/counts/journal.ts'
import type { Reconciled } from '../../../stores/counts/rollups.ts'
import type { MinuteRange } from '../question/vocabulary.ts'

/** Each names what earlier ones left open, so the latest would do; several, as importers may not see each other. */
const IMPORTS_READ = 8

/** What an entry of the book `imports` says beside the state of its import. */
export type ImportNote = { readonly importing?: MinuteRange | null }

/** The latest notes of imports, newest first. */
export function latestImports(journal: Pick<Journal, 'latest'>): Promise<readonly JournalEntry[]> {
  return journal.latest('imports', IMPORTS_READ)
}

/** What a recount that began now will have seen of them. */
export function namesOf(entries: readonly JournalEntry[]): readonly string[] {
  return entries.map(nameOf)
}

/** The minutes between the first and the last that are not counted; null if there are none. */
export function importingIn(
  entries: readonly JournalEntry[],
  reconciled: Pick<Reconciled, 'imports'> | null,
): MinuteRange | null {
  const { held = [], closedTo = 0 } = reconciled?.imports ?? {}
  let open: MinuteRange | null = null
  for (const entry of entries) {
    const { importing } = entry.body as ImportNote
    if (importing == null) continue // all counted, or noted by an earlier release
    const from = held.includes(nameOf(entry)) ? Math.max(importing.from, closedTo) : importing.from
    if (from < importing.to) open = bothOf(open, { from, to: importing.to })
  }
  return open
}

/** The least range that holds both. */
export function bothOf(one: MinuteRange | null, other: MinuteRange | null): MinuteRange | null {
  if (one === null || other === null) return one ?? other
  return { from: Math.min(one.from, other.from), to: Math.max(one.to, other.to) }
}

function nameOf({ key, atMs }: JournalEntry): string {
  return `${key}@${atMs}`
}
