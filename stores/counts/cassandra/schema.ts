// The schema as numbered files, and which version a keyspace has.
import { readdirSync, readFileSync } from 'node:fs'
import type { Client } from 'cassandra-driver'
import { CountsError, countsErrorOf } from '../../cassandra/counts-error.ts'

/** `001-counts.cql` brings the schema to version 1. */
export type Migration = {
  readonly version: number
  readonly file: string
  readonly statements: readonly string[]
}

const DIRECTORY = new URL('../../../infra/cassandra/', import.meta.url)
const COMMAND = 'npm run migrate'

/** In order; without a gap in their numbers. */
export function loadMigrations(directory: URL = DIRECTORY): Migration[] {
  const files = readdirSync(directory).filter((file) => file.endsWith('.cql'))
  return files.sort().map((file, index) => {
    const version = Number.parseInt(file, 10)
    if (version !== index + 1) throw new Error(`${file} should be number ${index + 1}`)
    return { version, file, statements: statementsOf(readFileSync(new URL(file, directory), 'utf8')) }
  })
}

/**
 * The statements of a file. A semicolon at the end of a line ends one; `--` at its beginning makes it a
 * comment.
 */
export function statementsOf(text: string): string[] {
  const lines = text.split('\n').filter((line) => !line.startsWith('--'))
  const parts = lines.join('\n').split(/;[ \t]*(?:\n|$)/)
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}

/**
 * Fails with `schema_missing` or `schema_version`, and says what to do. A newer schema is as good, as long as its files
 * only add: so processes of the release before may restart after a migration.
 */
export async function checkSchema(client: Client, keyspace: string): Promise<void> {
  const known = loadMigrations().length
  const applied = await appliedIn(client, keyspace)
  const fault = schemaFault(known, applied)
  if (fault === null) return
  const code = applied.length === 0 ? 'schema_missing' : 'schema_version'
  throw new CountsError(code, `The keyspace ${keyspace} ${fault}.`)
}

type Applied = { readonly version: number; readonly file: string }

/**
 * What is wrong with a keyspace for a release that knows this many migrations; null if nothing is. A file that takes
 * something away says in its name which version a process must know to run beside it: `009-drop-x.needs-8.cql`.
 */
export function schemaFault(known: number, applied: readonly Applied[]): string | null {
  if (applied.length === 0) return `has no tables yet: run \`${COMMAND}\``
  const found = Math.max(...applied.map(({ version }) => version))
  if (found < known) return `has schema version ${found}, this release needs ${known}: run \`${COMMAND}\``
  const needed = Math.max(0, ...applied.filter(({ version }) => version > known).map(neededBy))
  if (needed <= known) return null
  const state = `has schema version ${found}, which processes must know at least version ${needed} for`
  return `${state}, and this release knows ${known}: start a newer release`
}

function neededBy({ file }: Applied): number {
  return Number(/\.needs-(\d+)\.cql$/.exec(file)?.[1] ?? 0)
}

/** None if there is no schema, or not even a keyspace. */
async function appliedIn(client: Client, keyspace: string): Promise<readonly Applied[]> {
  try {
    const tables = await client.execute(
      "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ? AND table_name = 'schema_versions'",
      [keyspace],
    )
    if (tables.rowLength === 0) return []
    const query = `SELECT version, file FROM ${keyspace}.schema_versions WHERE scope = 'counts'`
    const { rows } = await client.execute(query)
    // Without a version it is the static holder of the lock alone; a file is noted when it has been applied.
    return rows.flatMap(({ version, file }) => (version === null ? [] : [{ version, file: file ?? '' }]))
  } catch (error) {
    throw countsErrorOf(error)
  }
}
