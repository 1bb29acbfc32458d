// What a keyspace holds that may be absent, or lack tables.
import type { Client } from 'cassandra-driver'
import { countsErrorOf } from '../../cassandra/counts-error.ts'
import type { Rebuild } from '../rebuilds.ts'
import { REBUILD_SCOPE } from './cassandra-rebuilds.ts'

/** Lost: it is absent, or there are at most tables, as after `npm run migrate`. Held: something was counted. */
export type KeyspaceState = Rebuild | 'lost' | 'held'

/** `client`: bound to no keyspace. Fails with a CountsError. */
export async function keyspaceState(client: Client, keyspace: string): Promise<KeyspaceState> {
  try {
    const known = 'SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?'
    const { rows } = await client.execute(known, [keyspace])
    const tables = new Set(rows.map(({ table_name }) => table_name))
    if (tables.has('reconciled')) {
      const noted = await client.execute(`SELECT scope, reconciled FROM ${keyspace}.reconciled`)
      const note = noted.rows.find(({ scope }) => scope === REBUILD_SCOPE)
      if (note !== undefined) return JSON.parse(note.reconciled)
      if (noted.rowLength > 0) return 'held'
    }
    if (!tables.has('checkpoints')) return 'lost'
    const counted = await client.execute(`SELECT source FROM ${keyspace}.checkpoints LIMIT 1`)
    return counted.rowLength > 0 ? 'held' : 'lost'
  } catch (error) {
    throw countsErrorOf(error)
  }
}

/** What a migration fills. */
const NO_CONTENT = new Set(['schema_versions', 'count_forms'])

/** The tables that hold something, but for what `npm run migrate` writes. Fails with a CountsError. */
export async function filledTables(client: Client, keyspace: string): Promise<readonly string[]> {
  try {
    const known = 'SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?'
    const { rows } = await client.execute(known, [keyspace])
    const filled: string[] = []
    for (const name of rows.map(({ table_name }) => String(table_name)).sort()) {
      if (NO_CONTENT.has(name)) continue
      const found = await client.execute(`SELECT * FROM ${keyspace}.${name} LIMIT 1`)
      if (found.rowLength > 0) filled.push(name)
    }
    return filled
  } catch (error) {
    throw countsErrorOf(error)
  }
}
