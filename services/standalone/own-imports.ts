// Which imports wait for a recount, where imports, recounts and answers are in one process.

import type { Journal, JournalEntry } from '../../stores/counts/journal.ts'
import type { Reconciled } from '../../stores/counts/rollups.ts'
import { importingIn, latestImports } from '../query/importing.ts'
import type { MinuteRange } from '../query/vocabulary.ts'

export class OwnImports {
  readonly #journal: Pick<Journal, 'latest'>
  #latest: readonly JournalEntry[] = []

  private constructor(journal: Pick<Journal, 'latest'>) {
    this.#journal = journal
  }

  static async open(journal: Pick<Journal, 'latest'>): Promise<OwnImports> {
    const imports = new OwnImports(journal)
    await imports.look()
    return imports
  }

  /** To be called after each import. */
  async look(): Promise<void> {
    this.#latest = await latestImports(this.#journal)
  }

  importing(reconciled: Reconciled | null): MinuteRange | null {
    return importingIn(this.#latest, reconciled)
  }
}
