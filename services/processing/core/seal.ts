// Sealing closes the current table of changes and hands it to the queue as absolute totals. It happens between
// records, so a total's `upTo` never points inside one.
import { minuteOf } from '../../../model/bucket.ts'
import type { CountRow } from '../../../stores/counts/counts.ts'
import type { Effect } from './protocol.ts'
import { changedRows, oldestLiveMinute, type SourceState, toHintBlock } from './source-state.ts'
import { TotalsTable } from './totals-table.ts'

/**
 * Whether to seal before the timer fires: there is much to store, or a new minute of log time allows old minutes to
 * be dropped.
 */
export function sealIsDue(state: SourceState): boolean {
  if (minuteOf(state.logTimeMs) > state.sealedMinute) return true
  return changedRows(state) + state.late.length + state.dead.length >= state.settings.flushRowsMax
}

export function seal(state: SourceState, effects: Effect[]): void {
  const offset = state.nextOffset - 1
  if (offset === state.sealedThrough) return
  if (state.settings.hints) effects.push({ kind: 'hint', block: toHintBlock(state) })
  state.seals++
  state.queue.push({
    seal: state.seals,
    rows: takeChangedRows(state),
    late: state.late,
    dead: state.dead,
    checkpoint: { offset, logTimeMs: state.logTimeMs, ledger: state.ledger },
  })
  state.late = []
  state.dead = []
  state.hintEntries = []
  state.sealedThrough = offset
  state.sealedMinute = minuteOf(state.logTimeMs)
  dropExpiredMinutes(state)
  const sealed = state.queue.take()
  if (sealed !== null) effects.push({ kind: 'store', sealed })
}

/** Drops the minutes for which no event can be counted live any more. Their last changes have just been sealed. */
export function dropExpiredMinutes(state: SourceState): void {
  const oldest = oldestLiveMinute(state)
  for (const minute of state.minutes.keys()) if (minute < oldest) state.minutes.delete(minute)
}

/**
 * Keeps the running totals bounded: drops the rows of the oldest minutes whose every row is stored. Rows that are
 * sealed but not yet stored must stay: the store would return an older total.
 */
export function evictStored(state: SourceState): void {
  const oldestFirst = Array.from(state.minutes.entries()).sort(([a], [b]) => a - b)
  let rows = oldestFirst.reduce((sum, [, { totals }]) => sum + totals.rows, 0)
  for (const [, held] of oldestFirst) {
    if (rows <= state.settings.totalsRowsMax) return
    if (held.totals.changedRows > 0 || held.lastSeal > state.queue.storedSeal) continue
    rows -= held.totals.rows
    held.totals = new TotalsTable()
    held.mayBeStored = true
  }
}

function takeChangedRows(state: SourceState): CountRow[] {
  const taken: CountRow[][] = []
  for (const held of state.minutes.values()) {
    if (held.totals.changedRows === 0) continue
    held.lastSeal = state.seals
    taken.push(held.totals.takeChanged())
  }
  return taken.flat()
}
