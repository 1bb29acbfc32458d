// What is kept of the acts of operators. What was asked for before the moment is in a backup; of what an act did since,
// some may be in what is copied and some not. So an act is kept as one that is still to be carried out, unless it had
// come to its end before anything was copied. Carrying it out again is harmless. Pure.
import type { Act as LetterAct } from '../../../services/partitioner/dead-letters/letter-acts.ts'
import type { Act } from '../../../services/reconciler/operators/admin-acts.ts'
import type { JournalEntry } from '../../../stores/counts/journal.ts'

export function byKey(newestFirst: readonly JournalEntry[]): ReadonlyMap<string, JournalEntry> {
  return new Map(newestFirst.toReversed().map((entry) => [entry.key, entry]))
}

/**
 * An act of privacy. Offsets up to which a source is to be archived are of a log that will be gone.
 * @param before how far it had come before anything was copied; missing: it was not asked for by then
 */
export function privacyAct(entry: JournalEntry, before: JournalEntry | undefined): JournalEntry {
  const earlier = before?.body as Act | undefined
  if (earlier !== undefined && earlier.doneMs !== null) return entry
  const act: Act = {
    ...(entry.body as Act),
    ...{ doneMs: null, rewritten: false, ends: null },
    titleRemoved: earlier?.titleRemoved ?? false,
  }
  return { ...entry, body: act }
}

/**
 * The latest act on a dead letter. Events that it stored after the moment may be lost: the letter is open then, and
 * keeps the identity under which its event may be in the archive, so that replaying it again counts it once.
 * @param before the latest act of before the moment
 */
export function letterAct(
  latest: JournalEntry | null,
  before: JournalEntry | undefined,
): JournalEntry | null {
  if (latest === null || latest.atMs === before?.atMs) return latest
  const { by, identity, event } = latest.body as LetterAct
  const act: LetterAct = { act: 'replay-begun', by, identity, ...(event !== undefined && { event }) }
  return { ...latest, body: act }
}
