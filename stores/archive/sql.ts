// Questions in SQL about raw events, by people who run the service.
import { Fault } from '../../lib/fault.ts'
import type { InTime } from './archive.ts'

/** Who asks waits no longer, and a balancer waits longer. */
export const SQL_MS_MAX = 20_000

export type SqlQuestion = InTime & {
  /** One SELECT from `events`: the events of all tenants that count, each once. */
  readonly sql: string
  /** Only events of minutes in [from, to). */
  readonly from: number
  readonly to: number
  readonly rowsMax: number
}

export type SqlAnswer = {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  /** Values as JSON knows them; what it does not know, and numbers that it cannot hold, as text. */
  readonly rows: readonly (readonly unknown[])[]
  /** There are more rows. */
  readonly isCut: boolean
}

export interface SqlReader {
  /** One at a time. Fails with an SqlFault or an SqlUnavailable, when aborted, and if there is no answer. */
  sql(question: SqlQuestion, signal: AbortSignal): Promise<SqlAnswer>
}

/** The question is at fault: the message says why, to who asked. */
export class SqlFault extends Fault {
  override readonly name = 'SqlFault'
}

/** It could not be tried: the message says why. */
export class SqlUnavailable extends Fault {
  override readonly name = 'SqlUnavailable'
}
