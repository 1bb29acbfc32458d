// Which imports wait for a recount, where imports, recounts and answers are in one process.

import { Slots } from '../../lib/slots.ts'
import type { Journal, JournalEntry } from '../../stores/counts/journal.ts'
import type { Reconciled } from '../../stores/counts/rollups.ts'
import type { MinuteRange } from '../query/question/vocabulary.ts'
import { importingIn, latestImports } from '../query/read/importing.ts'

export class OwnImports {
  readonly #journal: Pick<Journal, 'latest'>
  /** One after the other, so that none puts an older list in the place of a newer one. */
  readonly #looks = new Slots(1)
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
  look(): Promise<void> {
    return this.#looks.use(async () => {
      this.#latest = await latestImports(this.#journal)
    })
  }

  importing(reconciled: Reconciled | null): MinuteRange | null {
    return importingIn(this.#latest, reconciled)
  }
}
