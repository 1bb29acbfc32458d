// The schema as numbered files, and which version a keyspace has.
import { readdirSync, readFileSync } from 'node:fs'
import type { Client } from 'cassandra-driver'
import { CountsError, countsErrorOf } from '../../cassandra/counts-error.ts'

export type Noted = { readonly version: number; readonly file: string }

/** `001-counts.cql` brings the schema to version 1. */
export type Migration = Noted & { readonly statements: readonly string[] }

/** Brings `count_forms`. */
export const FORMS_VERSION = 7
/** Brings `shared_series`, without which nobody finds all that is in shared partitions. */
export const SERIES_VERSION = 8

/**
 * Notes that are no files: they say how a keyspace is used, and keep releases away that would not see all of it. The
 * first is that of a keyspace which was made by a release that knows both.
 */
const MARKS_FROM = 1_000_000
const SHARED_MARK = MARKS_FROM + SERIES_VERSION
export const SHARED_SINCE_EVER: Noted = { version: SHARED_MARK, file: 'shared-counts-since-ever.needs-8.cql' }
export const SHARED_LATER: Noted = { version: SHARED_MARK, file: 'shared-counts.needs-8.cql' }

export function isMark({ version }: Noted): boolean {
  return version >= MARKS_FROM
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
  const code = applied.every(isMark) ? 'schema_missing' : 'schema_version'
  throw new CountsError(code, `The keyspace ${keyspace} ${fault}.`)
}

/**
 * What is wrong with a keyspace for a release that knows this many migrations; null if nothing is. A file that takes
 * something away says in its name which version a process must know to run beside it: `009-drop-x.needs-8.cql`.
 */
export function schemaFault(known: number, applied: readonly Noted[]): string | null {
  const files = applied.filter((one) => !isMark(one))
  if (files.length === 0) return `has no tables yet: run \`${COMMAND}\``
  const found = Math.max(...files.map(({ version }) => version))
  if (found < known) return `has schema version ${found}, this release needs ${known}: run \`${COMMAND}\``
  const needed = Math.max(0, ...applied.filter(({ version }) => version > known).map(neededBy))
  if (needed <= known) return null
  const state = `has schema version ${found}, which processes must know at least version ${needed} for`
  return `${state}, and this release knows ${known}: start a newer release`
}

function neededBy({ file }: Noted): number {
  return Number(/\.needs-(\d+)\.cql$/.exec(file)?.[1] ?? 0)
}

/** None if there is no schema, or not even a keyspace. */
async function appliedIn(client: Client, keyspace: string): Promise<readonly Noted[]> {
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
