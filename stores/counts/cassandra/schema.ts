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

/** Fails with `schema_missing` or `schema_version`, and names the command that fixes it. */
export async function checkSchema(client: Client, keyspace: string): Promise<void> {
  const wanted = loadMigrations().length
  const found = await versionOf(client, keyspace)
  if (found === wanted) return
  if (found === 0) {
    const state = `The keyspace ${keyspace} has no tables yet`
    throw new CountsError('schema_missing', `${state}: run \`${COMMAND}\`.`)
  }
  const remedy = found < wanted ? `run \`${COMMAND}\`` : 'start the newer release that made it'
  const state = `The keyspace ${keyspace} has schema version ${found}, this release needs ${wanted}`
  throw new CountsError('schema_version', `${state}: ${remedy}.`)
}

/** 0 if there is no schema, or not even a keyspace. */
async function versionOf(client: Client, keyspace: string): Promise<number> {
  try {
    const tables = await client.execute(
      "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ? AND table_name = 'schema_versions'",
      [keyspace],
    )
    if (tables.rowLength === 0) return 0
    const query = `SELECT max(version) AS version FROM ${keyspace}.schema_versions WHERE scope = 'counts'`
    const { rows } = await client.execute(query)
    return rows[0]?.version ?? 0
  } catch (error) {
    throw countsErrorOf(error)
  }
}
