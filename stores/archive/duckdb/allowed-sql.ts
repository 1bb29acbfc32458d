// Which questions in SQL are allowed: one SELECT from `events` and its own common table expressions, named without a
// schema. DuckDB has table functions that change something where they are selected from (enable_logging writes files,
// whatever is locked), so those of them that are harmless are named, and no others may be used. Other functions may be
// used but for those that are named: it is the locked configuration that keeps them from files. Pure.

/** A statement as DuckDB's json_serialize_sql shows it. */
export type SerializedSql =
  | { readonly error: true; readonly error_message: string }
  | { readonly error: false; readonly statements: readonly object[] }

const TABLES = ['events']
const TABLE_FUNCTIONS = ['range', 'generate_series', 'unnest', 'json_each', 'json_tree']
/** They tell of settings and the environment, or write. */
const FORBIDDEN_FUNCTIONS = ['current_setting', 'getenv', 'write_log']

type Node = Readonly<Record<string, unknown>>

/**
 * Why it is not allowed; null if it is.
 * @param taken names of views, in lower case, that no table expression may have: outside of it they would be the views
 */
export function faultOfSql(serialized: SerializedSql, taken: ReadonlySet<string>): string | null {
  if (serialized.error) return serialized.error_message
  if (serialized.statements.length !== 1) return 'It must be one statement.'
  const nodes = Array.from(nodesOf(serialized.statements[0]))
  const named = nodes.flatMap(({ cte_map: ctes }) =>
    ((ctes as { map?: { key: string }[] } | undefined)?.map ?? []).map(({ key }) => key),
  )
  const reserved = named.find((name) => taken.has(name.toLowerCase()))
  if (reserved !== undefined)
    return `A table expression may not be named ${reserved}: there is a view of that name.`
  const tables = [...TABLES, ...named].map((name) => name.toLowerCase())
  for (const node of nodes) {
    const fault = faultOfNode(node, tables)
    if (fault !== null) return fault
  }
  return null
}

function faultOfNode(node: Node, tables: readonly string[]): string | null {
  if (node.type === 'SHOW_REF') return 'SHOW, DESCRIBE and SUMMARIZE are not allowed.'
  if (node.type === 'BASE_TABLE') {
    const name = String(node.table_name)
    if (node.catalog_name || node.schema_name) return `Name the table ${name} without a catalog and a schema.`
    return tables.includes(name.toLowerCase())
      ? null
      : `There is no table ${name}: only ${TABLES.join(', ')}.`
  }
  if (node.type === 'TABLE_FUNCTION') {
    const name = String((node.function as Node | undefined)?.function_name)
    return TABLE_FUNCTIONS.includes(name.toLowerCase())
      ? null
      : `The table function ${name} is not allowed: only ${TABLE_FUNCTIONS.join(', ')}.`
  }
  const name = String(node.function_name).toLowerCase()
  return FORBIDDEN_FUNCTIONS.includes(name) ? `The function ${name} is not allowed.` : null
}

function* nodesOf(value: unknown): Generator<Node> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) yield value as Node
  for (const child of Object.values(value)) yield* nodesOf(child)
}
