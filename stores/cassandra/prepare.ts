// Prepares statements before anybody waits for them. The driver prepares one when it is first executed, and waits for
// that with a timeout of its own, longer than that of any read.
import { type Client, errors } from 'cassandra-driver'

/** A module that exports statements, by themselves or as records of them, and nothing else. */
export type StatementModule = Readonly<Record<string, string | Readonly<Record<string, string>>>>

const ONE_ROW = { prepare: true, fetchSize: 1 }

export function statementsIn(module: StatementModule): string[] {
  return Object.values(module).flatMap((one) => (typeof one === 'string' ? [one] : Object.values(one)))
}

/** Fails with an error of the driver. */
export async function prepareAll(client: Client, statements: readonly string[]): Promise<void> {
  await Promise.all(statements.map((statement) => prepare(client, statement)))
}

/**
 * The driver has no call for it. Executed without the parameters that it names, a statement is prepared and then
 * refused by the driver itself. One that has no parameters reads a row.
 */
async function prepare(client: Client, statement: string): Promise<void> {
  try {
    await client.execute(statement, {}, ONE_ROW)
  } catch (error) {
    if (!(error instanceof errors.ArgumentError)) throw error
  }
}
