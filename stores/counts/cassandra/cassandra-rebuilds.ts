// The note of a rebuild on Cassandra, in the table `reconciled` under a scope of its own.
import type { Client } from 'cassandra-driver'
import type { Rebuild, Rebuilds } from '../rebuilds.ts'
import { INSERT_RECONCILED, SELECT_RECONCILED } from './rollup-statements.ts'
import { Store, type StoreLevels } from './store.ts'
import { bigintValue } from './values.ts'

/** Of the note, among what is reconciled. */
export const REBUILD_SCOPE = 'rebuild'

type NoteRow = { readonly reconciled: string }

/** All calls fail with a CountsError and are safe to repeat. */
export class CassandraRebuilds implements Rebuilds {
  readonly #store: Store

  constructor(client: Client, levels?: StoreLevels) {
    this.#store = new Store(client, levels)
  }

  async readRebuild(): Promise<Rebuild | null> {
    const [row] = await this.#store.read<NoteRow>(SELECT_RECONCILED, [REBUILD_SCOPE])
    return row === undefined ? null : JSON.parse(row.reconciled)
  }

  async writeRebuild(rebuild: Rebuild): Promise<void> {
    const note = Buffer.from(JSON.stringify(rebuild))
    const params = [Buffer.from(REBUILD_SCOPE), note, bigintValue(BigInt(rebuild.version))]
    await this.#store.write([{ query: INSERT_RECONCILED, params }])
  }
}
