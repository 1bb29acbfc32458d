// One question in SQL that is not trusted: it sees the files that it is given and nothing else, writes nothing, and
// cannot change that.
import { type DuckDBConnection, type DuckDBPreparedStatement, StatementType } from '@duckdb/node-api'
import type { SqlAnswer } from '../sql.ts'
import { faultOfSql, type SerializedSql } from './allowed-sql.ts'
import type { SqlOrder } from './answer-in-process.ts'
import { CREATE_NOTHING } from './columns.ts'
import { literal, relation } from './database.ts'
import { EVENT_VIEW_COLUMNS } from './export-columns.ts'
import { openInstance } from './open-instance.ts'
import { chosenSql, IS_PROBE } from './recount-sql.ts'

/** Views of settings and of the catalog that DuckDB finds by their names alone, in lower case. */
const FOUND_WITHOUT_SCHEMA = `SELECT DISTINCT lower(view_name) FROM duckdb_views()
  WHERE view_name <> 'events' AND schema_name <> 'information_schema'`

/** DuckDB writes 1e400 as a bare Infinity, which is not JSON. Strings are matched to leave them as they are. */
const STRING_OR_INFINITY = /"(?:[^"\\]|\\.)*"|-?Infinity/g

/** Fails with an Error that says what is wrong with the question. */
export async function rowsOf(order: SqlOrder): Promise<SqlAnswer> {
  const { sql, rowsMax } = order
  const instance = await openInstance({
    ...{ threads: '1', memory_limit: `${order.memoryMiB}MiB` },
    ...{ temp_directory: order.spillDirectory, max_temp_directory_size: `${order.spillMiB}MiB` },
  })
  try {
    const connection = await instance.connect()
    await confine(connection, order)
    const statement = await onlySelect(connection, sql)
    const reader = await statement.streamAndReadUntil(rowsMax + 1)
    const rows = reader.getRowsJson()
    const columns = reader.columnNames().map((name, i) => ({ name, type: String(reader.columnTypes()[i]) }))
    return { columns, rows: rows.slice(0, rowsMax), isCut: rows.length > rowsMax }
  } finally {
    instance.closeSync()
  }
}

/** From then on nothing but the files can be read, and nothing can be written. */
async function confine(connection: DuckDBConnection, { paths, from, to, inTime }: SqlOrder): Promise<void> {
  await connection.run(CREATE_NOTHING)
  const rows = `${relation(paths)} WHERE minute >= ${from} AND minute < ${to} AND NOT (${IS_PROBE})`
  const events = `SELECT ${EVENT_VIEW_COLUMNS.join(', ')} FROM (${chosenSql(rows, inTime, ['*'])})`
  await connection.run(`CREATE VIEW events AS ${events}`)
  await connection.run(`SET allowed_paths = [${paths.map(literal)}]`)
  await connection.run('SET enable_external_access = false')
  await connection.run('SET lock_configuration = true')
}

async function onlySelect(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  const serialized = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [sql])
  const json = String(serialized.getRows()[0]![0])
  const parsed = JSON.parse(
    json.replaceAll(STRING_OR_INFINITY, (found) => (found.startsWith('"') ? found : 'null')),
  ) as SerializedSql
  const views = await connection.runAndReadAll(FOUND_WITHOUT_SCHEMA)
  const taken = new Set(views.getRows().map(([name]) => String(name)))
  const fault = faultOfSql(parsed, taken)
  if (fault !== null) throw new Error(fault)
  const statements = await connection.extractStatements(sql)
  if (statements.count !== 1) throw new Error('It must be one statement.')
  const statement = await statements.prepare(0)
  if (statement.statementType !== StatementType.SELECT) throw new Error('It must be a SELECT.')
  if (statement.parameterCount > 0) throw new Error('It must have no parameters.')
  return statement
}
