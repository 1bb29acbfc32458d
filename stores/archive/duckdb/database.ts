// DuckDB as a calculator: a database in memory that reads and writes Parquet on a local disk, within bounds, and keeps
// nothing. What does not fit into its memory goes to the scratch directory.
import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { CREATE_NOTHING, NOTHING } from './columns.ts'
import { openInstance } from './open-instance.ts'

export type DatabaseSettings = {
  /** Used by this process alone: emptied when it opens. */
  readonly scratchDirectory: string
  /** How much the database may hold in memory before it spills to disk. */
  readonly memoryMiB: number
  readonly threads: number
}

export class Database {
  readonly memoryBytes: number
  readonly #instance: DuckDBInstance
  readonly #scratch: string

  static async open({ scratchDirectory, memoryMiB, threads }: DatabaseSettings): Promise<Database> {
    await rm(scratchDirectory, { recursive: true, force: true })
    await mkdir(scratchDirectory, { recursive: true })
    const instance = await openInstance({
      threads: String(threads),
      memory_limit: `${memoryMiB}MiB`,
      temp_directory: join(scratchDirectory, 'spill'),
      preserve_insertion_order: 'false', // it costs memory; sorted results stay sorted
    })
    const database = new Database(instance, scratchDirectory, memoryMiB * 2 ** 20)
    await database.use((connection) => connection.run(CREATE_NOTHING))
    return database
  }

  private constructor(instance: DuckDBInstance, scratch: string, memoryBytes: number) {
    this.#instance = instance
    this.#scratch = scratch
    this.memoryBytes = memoryBytes
  }

  /** Temporary tables belong to the connection and are dropped with it. */
  async use<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = await this.#instance.connect()
    try {
      return await work(connection)
    } finally {
      connection.closeSync()
    }
  }

  connect(): Promise<DuckDBConnection> {
    return this.#instance.connect()
  }

  get scratchDirectory(): string {
    return this.#scratch
  }

  /** A path that nobody else uses. */
  draftPath(): string {
    return join(this.#scratch, `${randomUUID()}.parquet`)
  }

  async close(): Promise<void> {
    this.#instance.closeSync()
    await rm(this.#scratch, { recursive: true, force: true })
  }
}

/**
 * The relation that reads all these files; it has an additional column `filename`. A column that an old file lacks is
 * null.
 */
export function relation(paths: readonly string[]): string {
  if (paths.length === 0) return NOTHING
  const options = 'filename = true, hive_partitioning = false, union_by_name = true'
  const files = `SELECT * FROM read_parquet([${paths.map(literal)}], ${options})`
  return `(${files} UNION ALL BY NAME SELECT * FROM ${NOTHING})`
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** The single number that a query returns. */
export async function numberOf(connection: DuckDBConnection, sql: string): Promise<number> {
  const reader = await connection.runAndReadAll(sql)
  return Number(reader.getRows()[0]![0])
}
