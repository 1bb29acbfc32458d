// How every record of every source ended, for anybody to check the sums (law 7).
import type { Checkpoint, Ledger } from '../ports/counts.ts'
import type { QueryDeps } from './deps.ts'
import { fromStore } from './read-slots.ts'
import { instantText } from './time-text.ts'

export type AuditAnswer = {
  /** No probe reports yet. */
  readonly weak: null
  /** No recount reports yet. */
  readonly strong: null
  readonly ledger: readonly LedgerEntry[]
}

type LedgerEntry = Ledger & {
  readonly source: string
  readonly offset: number
  readonly logTime: string
  /** Every event ended as exactly one of counted, duplicate, late, dead. */
  readonly balanced: boolean
}

/** By source, in alphabetical order. Fails with ProblemError `store-unavailable`. */
export async function getAudit({ checkpoints }: QueryDeps): Promise<AuditAnswer> {
  const bySource = [...(await fromStore(checkpoints))].sort(([a], [b]) => (a < b ? -1 : 1))
  return { weak: null, strong: null, ledger: bySource.map(entryOf) }
}

function entryOf([source, { offset, logTimeMs, ledger }]: [string, Checkpoint]): LedgerEntry {
  const { records, events, counted, duplicate, late, dead, deadRecords } = ledger
  const balanced = events === counted + duplicate + late + dead
  const logTime = instantText(logTimeMs)
  return {
    ...{ source, offset, logTime, records, events, counted, duplicate, late, dead, deadRecords },
    balanced,
  }
}
