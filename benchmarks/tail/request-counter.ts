// Counts what a Cassandra client is asked to do: requests, and the rows that they write, by table.
import type { connect } from '../../stores/cassandra/connect.ts'

/** As the adapter makes it. */
export type Client = Awaited<ReturnType<typeof connect>>

type Requests = {
  /** A batch is one request, as a statement that is sent alone. */
  writes: number
  reads: number
  /** Rows by table. */
  readonly rows: Map<string, number>
}

type Written = { readonly query: string }

/** Counts from now on. */
export function countRequests(client: Client): Requests {
  const requests: Requests = { writes: 0, reads: 0, rows: new Map() }
  const note = (query: string) => {
    const table = tableOf(query)
    if (table !== null) requests.rows.set(table, (requests.rows.get(table) ?? 0) + 1)
    return table !== null
  }
  const execute = client.execute.bind(client) as (...args: unknown[]) => unknown
  const batch = client.batch.bind(client) as (...args: unknown[]) => unknown
  Object.assign(client, {
    execute(query: string, ...rest: unknown[]) {
      if (note(query)) requests.writes++
      else requests.reads++
      return execute(query, ...rest)
    },
    batch(statements: readonly Written[], ...rest: unknown[]) {
      for (const { query } of statements) note(query)
      requests.writes++
      return batch(statements, ...rest)
    },
  })
  return requests
}

/** By statement: there are few, and what counts them must not cost what it counts. */
const tables = new Map<string, string | null>()

/** Null if the statement does not write. */
function tableOf(query: string): string | null {
  return tables.getOrInsertComputed(query, () => /^\s*INSERT INTO (\w+)/.exec(query)?.[1] ?? null)
}
