// Asks a running Tally a question in SQL, and makes the answer a table.
import { Fault } from '../../lib/fault.ts'
import { jsonValue } from '../../lib/json-value.ts'
import type { SqlAnswer } from '../../stores/archive/sql.ts'
import { type Cell, table } from '../ask/text.ts'
import { askAdmin } from '../ask-admin.ts'
import type { SqlOptions } from './sql-options.ts'

/** Fails with a Fault where there is no answer. */
export async function runSql(
  options: SqlOptions,
): Promise<{ readonly answer: unknown; readonly text: string }> {
  const { sql, from, to, limit, url } = options
  const body = { sql, limit, ...(from !== null && { startTime: from }), ...(to !== null && { endTime: to }) }
  const { ok, status, text } = await askAdmin(options, 'POST', '/v1/admin/sql', body)
  const answer = jsonValue(text) as (SqlAnswer & { readonly asOf: string | null }) | undefined
  if (!ok || answer === undefined) {
    const { detail } = (answer ?? {}) as { readonly detail?: string }
    throw new Fault(`${url} refuses (${status}): ${detail ?? 'it is not Tally'}`)
  }
  const { columns, rows, isCut, asOf } = answer
  const cells = rows.map((row) => row.map(cellOf))
  const header = columns.map(({ name }) => name)
  const count = `${rows.length} ${rows.length === 1 ? 'row' : 'rows'}${isCut ? ', and there are more' : ''}`
  return {
    answer,
    text: [table(header, cells), '', `${count}, as of ${asOf ?? 'a time not known yet'}.`].join('\n'),
  }
}

function cellOf(value: unknown): Cell {
  if (typeof value === 'string' || typeof value === 'number' || value === null) return value
  return JSON.stringify(value)
}
