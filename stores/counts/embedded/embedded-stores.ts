// Everything that the embedded forms store about counts, in one database.
import type { CountRetention } from '../../../model/retention.ts'
import type { DatabaseCopy } from '../../disk/database-copy.ts'
import { LevelDatabase } from '../../disk/level-database.ts'
import type { MarkState } from '../../disk/write-mark.ts'
import { EmbeddedCounts } from './embedded-counts.ts'
import { EmbeddedJournal } from './embedded-journal.ts'
import { EmbeddedRollups } from './embedded-rollups.ts'
import { SharedDatabase } from './shared-database.ts'
import { type Swept, sweepCounts } from './sweep.ts'

export type EmbeddedStores = {
  readonly counts: EmbeddedCounts
  readonly rollups: EmbeddedRollups
  readonly journal: EmbeddedJournal
  /** For what else is kept in it. */
  readonly database: SharedDatabase
  /** What the database had lost when it was opened, according to its mark. */
  readonly state: MarkState
  /** To be called when the loss has been handled. */
  accept(): void
  /** What the database holds now, to be read later. */
  copy(): DatabaseCopy
  /** Removes what is older than its retention and has been recounted; one call at a time. */
  sweep(nowMs: number, retention: CountRetention, signal?: AbortSignal): Promise<Swept>
  /** Finishes the writes in flight and unlocks the directory. */
  close(): Promise<void>
}

/** Fails with a DataDirectoryError: `locked`, `damaged`, `not_writable`, `unavailable`. */
export async function openEmbeddedStores(options: { readonly directory: string }): Promise<EmbeddedStores> {
  return loadEmbeddedStores(await LevelDatabase.open(options.directory, () => []))
}

/** Closes the database if it cannot be used. */
export async function loadEmbeddedStores(level: LevelDatabase): Promise<EmbeddedStores> {
  const database = new SharedDatabase(level)
  const counts = new EmbeddedCounts(database)
  const rollups = new EmbeddedRollups(database)
  const journal = new EmbeddedJournal(database)
  try {
    await counts.loadCheckpoints()
    await rollups.load()
  } catch (error) {
    await database.close()
    throw error
  }
  return {
    counts,
    rollups,
    journal,
    database,
    state: database.state,
    accept: () => database.accept(),
    copy: () => database.copy(),
    async sweep(nowMs, retention, signal) {
      await journal.sweep(nowMs)
      return sweepCounts({ database, counts, rollups }, nowMs, retention, signal)
    },
    close: () => counts.close(),
  }
}
