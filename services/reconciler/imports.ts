// Takes events of the past into the archive, lot by lot. A lot is named by the import and its first row, so one that is
// sent again takes its own place; the journal knows how far an import has come.

import { hourOf, minuteOf } from '../model/bucket.ts'
import type { Event } from '../model/event.ts'
import { parseEventWithSource } from '../model/parse-event.ts'
import { sketchesOf } from '../model/viewer-sketches.ts'
import type { Archive, RawEvent } from '../ports/archive.ts'
import type { Clock } from '../ports/clock.ts'
import type { Journal } from '../ports/journal.ts'
import type { RollupReader } from '../ports/rollups.ts'
import type { Uniques } from '../ports/uniques.ts'
import type { Removals } from './acts.ts'

export type ImportDeps = {
  readonly archive: Pick<Archive, 'store'>
  readonly uniques: Pick<Uniques, 'merge'>
  readonly rollups: Pick<RollupReader, 'readHours'>
  readonly journal: Journal
  readonly clock: Clock
  readonly removals: (fromMinute: number) => Promise<Removals>
  readonly aheadMs: number
}

/** How far an import has come. */
export type ImportState = {
  readonly id: string
  /** The first row that is still to be sent. */
  readonly nextRow: number
  readonly stored: number
  readonly rejected: number
  readonly done: boolean
}

type RejectedRow = { readonly index: number; readonly code: string; readonly detail: string }
export type LotReceipt = ImportState & { readonly rejectedRows: readonly RejectedRow[] }

/** Names what is imported: the sender's digest of the file and of how it reads it. */
export const IMPORT_ID = /^[0-9a-f]{16,64}$/
export const LOT_ROWS_MAX = 50_000
/** Of the reasons that are told of a lot; all are counted. */
const REASONS_MAX = 100

export async function importState({ journal }: ImportDeps, id: string): Promise<ImportState> {
  const entry = await journal.find('imports', id)
  return (entry?.body as ImportState | undefined) ?? { id, nextRow: 0, stored: 0, rejected: 0, done: false }
}

/**
 * Stores a lot that begins at row `from`. One that was taken before changes nothing; one that leaves rows out is
 * refused: null.
 */
export async function importLot(
  deps: ImportDeps,
  tenant: string,
  id: string,
  from: number,
  rows: readonly unknown[],
): Promise<LotReceipt | null> {
  const state = await importState(deps, id)
  if (state.done || from < state.nextRow) return { ...state, rejectedRows: [] }
  if (from > state.nextRow) return null
  const { events, rejected } = await judge(deps, tenant, from, rows)
  if (events.length > 0) {
    const place = { sourceId: `import-${id}`, fromOffset: from, toOffset: from + rows.length }
    await deps.archive.store({ ...place, origin: 'import', events })
    const sketches = sketchesOf(events)
    if (sketches.length > 0) await deps.uniques.merge(sketches)
  }
  const next = {
    ...state,
    nextRow: from + rows.length,
    stored: state.stored + events.length,
    rejected: state.rejected + rejected.length,
  }
  await keep(deps, next)
  return { ...next, rejectedRows: rejected.slice(0, REASONS_MAX) }
}

export async function endImport(deps: ImportDeps, id: string): Promise<ImportState> {
  const state = { ...(await importState(deps, id)), done: true }
  await keep(deps, state)
  return state
}

function keep({ journal, clock }: ImportDeps, body: ImportState): Promise<void> {
  return journal.append('imports', { atMs: clock.nowMs(), key: body.id, body })
}

async function judge(deps: ImportDeps, tenant: string, from: number, rows: readonly unknown[]) {
  const { clock, aheadMs } = deps
  const whenever = { horizonMs: 0, retentionMs: Number.MAX_SAFE_INTEGER }
  const context = { tenant, nowMs: clock.nowMs(), aheadMs, ...whenever }
  const parsed = rows.map((row) => parseEventWithSource(row, context))
  const refusalOf = await refusals(
    deps,
    parsed.flatMap((one) => (one.ok ? [one.event] : [])),
  )
  const events: RawEvent[] = []
  const rejected: RejectedRow[] = []
  for (const [index, one] of parsed.entries()) {
    const refusal = one.ok ? refusalOf(one.event) : { code: one.code, detail: one.detail }
    if (refusal !== null) rejected.push({ index: from + index, ...refusal })
    else if (one.ok) events.push({ ...one.event, offset: from + index, index: 0, logTimeMs: 0 })
  }
  return { events, rejected }
}

type Refusal = Omit<RejectedRow, 'index'>

const HOUR_PURGED: Refusal = {
  code: 'hour_purged',
  detail: 'the raw events of this hour were purged: it cannot be counted again',
}
const VIDEO_REMOVED: Refusal = {
  code: 'video_removed',
  detail: 'this video was removed after the event happened: what was before that does not count any more',
}

async function refusals(
  { rollups, removals }: ImportDeps,
  events: readonly Event[],
): Promise<(event: Event) => Refusal | null> {
  if (events.length === 0) return () => null
  const hours = events.map(eventHour)
  const first = hours.reduce((least, hour) => Math.min(least, hour))
  const last = hours.reduce((most, hour) => Math.max(most, hour))
  const audits = await rollups.readHours(first, last + 1)
  const purged = new Set(audits.filter((audit) => audit.purged).map(({ hour }) => hour))
  const removedBefore = await removals(first)
  return (event) => {
    if (purged.has(eventHour(event))) return HOUR_PURGED
    return minuteOf(event.timeMs) < removedBefore(event) ? VIDEO_REMOVED : null
  }
}

function eventHour({ timeMs }: Event): number {
  return hourOf(minuteOf(timeMs))
}
