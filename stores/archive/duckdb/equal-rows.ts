// Finds equal rows among more rows than fit into memory, and numbers the equal rows of each file. Rows are compared
// by their digests.
import {
  BIGINT,
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  INTEGER,
} from '@duckdb/node-api'
import { Database } from './database.ts'

const MEMORY_MIB = 256
/** Rows that are handed to DuckDB at once. */
const CHUNK_ROWS = 2_048

type DigestedRow = { readonly file: number; readonly row: number; readonly digest: string }

/** A row that is not the first among equal rows, and its number among them: 2 or more. */
export type Repeat = { readonly row: number; readonly ordinal: number }

export class EqualRows {
  readonly #database: Database
  readonly #connection: DuckDBConnection
  readonly #appender: DuckDBAppender
  readonly #chunk = DuckDBDataChunk.create([INTEGER, BIGINT, BIGINT, BIGINT])
  #waiting: DigestedRow[] = []

  /** @param scratchDirectory used by this object alone: what does not fit into memory is written there */
  static async open(scratchDirectory: string): Promise<EqualRows> {
    const database = await Database.open({ scratchDirectory, memoryMiB: MEMORY_MIB, threads: 1 })
    const connection = await database.connect()
    await connection.run('CREATE TEMP TABLE rows (file INTEGER, row BIGINT, high BIGINT, low BIGINT)')
    return new EqualRows(database, connection, await connection.createAppender('rows'))
  }

  private constructor(database: Database, connection: DuckDBConnection, appender: DuckDBAppender) {
    this.#database = database
    this.#connection = connection
    this.#appender = appender
  }

  /** @param digest 32 hex digits */
  add(file: number, row: number, digest: string): void {
    this.#waiting.push({ file, row, digest })
    if (this.#waiting.length === CHUNK_ROWS) this.#append()
  }

  /** To be called when all rows are added. Returns how many different rows occur in several files. */
  async compare(acrossFiles: boolean): Promise<number> {
    this.#append()
    this.#appender.closeSync()
    const equals = `PARTITION BY high, low${acrossFiles ? '' : ', file'} ORDER BY file, row`
    await this.#connection.run(`CREATE TEMP TABLE repeats AS
      SELECT file, row, row_number() OVER (${equals}) AS ordinal FROM rows QUALIFY ordinal > 1`)
    const reader = await this.#connection.runAndReadAll(`SELECT count(*) FROM (
      SELECT high, low FROM rows GROUP BY high, low HAVING min(file) < max(file))`)
    return Number(reader.getRows()[0]![0])
  }

  /** The repeated rows of a file, in order. */
  async *repeats(file: number): AsyncGenerator<Repeat> {
    const sql = `SELECT row, ordinal FROM repeats WHERE file = ${file} ORDER BY row`
    const rows = await this.#connection.stream(sql)
    for await (const lot of rows.yieldRows()) {
      for (const [row, ordinal] of lot) yield { row: Number(row), ordinal: Number(ordinal) }
    }
  }

  async close(): Promise<void> {
    this.#connection.closeSync()
    await this.#database.close()
  }

  #append(): void {
    const rows = this.#waiting
    this.#waiting = []
    if (rows.length === 0) return
    this.#chunk.reset()
    this.#chunk.rowCount = rows.length
    const columns = [
      rows.map(({ file }) => file),
      rows.map(({ row }) => BigInt(row)),
      rows.map(({ digest }) => signed(digest.slice(0, 16))),
      rows.map(({ digest }) => signed(digest.slice(16))),
    ]
    for (const [at, values] of columns.entries()) {
      const vector = this.#chunk.getColumnVector(at)
      for (const [i, value] of values.entries()) vector.setItem(i, value)
      vector.flush()
    }
    this.#appender.appendDataChunk(this.#chunk)
  }
}

function signed(hex: string): bigint {
  return BigInt.asIntN(64, BigInt(`0x${hex}`))
}
