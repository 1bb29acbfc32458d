// Checks that the ledgers of all sources add up to what was sent. Pure.

export type LedgerEntry = {
  readonly source: string
  readonly events: number
  readonly counted: number
  readonly duplicate: number
  readonly late: number
  readonly dead: number
  readonly deadRecords: number
  readonly balanced: boolean
}

export type Handed = {
  /** Distinct ids. */
  readonly distinct: number
  /** Acknowledged, copies included. */
  readonly accepted: number
}

/**
 * What does not add up, one line each. There may be more copies than were sent on purpose: those of retried requests.
 */
export function ledgerFaults(entries: readonly LedgerEntry[], { distinct, accepted }: Handed): string[] {
  const sum = (of: 'events' | 'counted' | 'late' | 'dead' | 'deadRecords') =>
    entries.reduce((total, entry) => total + entry[of], 0)
  const faults = entries
    .filter(({ balanced }) => !balanced)
    .map(({ source }) => `the ledger of ${source} is not balanced`)
  const expect = (holds: boolean, words: string) => {
    if (!holds) faults.push(words)
  }
  expect(sum('counted') === distinct, `${sum('counted')} events counted, not ${distinct}`)
  expect(
    sum('events') >= accepted,
    `${sum('events')} events in the log, fewer than the ${accepted} acknowledged`,
  )
  for (const ending of ['late', 'dead', 'deadRecords'] as const) {
    expect(sum(ending) === 0, `${sum(ending)} ${ending}, though there was no reason for any`)
  }
  return faults
}
