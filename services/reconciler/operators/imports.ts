// Imports events of the past into the archive, batch by batch. A batch is named by the import and its first row, so a
// repeated one replaces itself; the journal holds the progress of an import.

import type { Clock } from '../../../lib/clock.ts'
import { ProblemError } from '../../../lib/http/problem.ts'
import { jsonValue } from '../../../lib/json-value.ts'
import { Turns } from '../../../lib/turns.ts'
import { hourOf, minuteOf } from '../../../model/bucket.ts'
import type { Event } from '../../../model/event.ts'
import { TENANT_RULE } from '../../../model/names.ts'
import { type ParseContext, type ParsedEvent, parseEventWithSource } from '../../../model/parse-event.ts'
import { rejection } from '../../../model/rejection.ts'
import { sketchesOf } from '../../../model/viewer-sketches.ts'
import type { Archive, RawEvent } from '../../../stores/archive/archive.ts'
import type { Journal } from '../../../stores/counts/journal.ts'
import type { RollupReader } from '../../../stores/counts/rollups.ts'
import type { Uniques } from '../../../stores/uniques/uniques.ts'
import type { MinuteRange } from '../../query/question/vocabulary.ts'
import { bothOf, type ImportNote, importingIn, latestImports } from '../../query/read/importing.ts'
import type { Removals } from './admin-acts.ts'
import { tenantName } from './admin-parameters.ts'

export type ImportDeps = {
  readonly archive: Pick<Archive, 'store'>
  readonly uniques: Pick<Uniques, 'merge'>
  readonly rollups: Pick<RollupReader, 'readHours' | 'readReconciled'>
  readonly journal: Journal
  /** Called when it is noted that events were stored which no recount has seen; missing: others look at the notes. */
  readonly onImported?: () => Promise<void>
  readonly clock: Clock
  readonly removals: (fromMinute: number) => Promise<Removals>
  readonly aheadMs: number
  /** See Naming: what came by the front door and comes by a file too counts once. */
  readonly sourcesFromMs: number
}

type RejectedRow = { readonly index: number; readonly code: string; readonly detail: string }

/** How far an import has come. */
export type ImportState = {
  readonly id: string
  /** The first row that was not sent yet. */
  readonly nextRow: number
  readonly stored: number
  readonly rejected: number
  readonly firstRejected: readonly RejectedRow[]
  readonly done: boolean
}

export type LotReceipt = ImportState & { readonly rejectedRows: readonly RejectedRow[] }

/** Identifies the import: the sender's digest of the file and of the options with which it reads it. */
export const IMPORT_ID = /^[0-9a-f]{16,64}$/
/** The only bound of a batch. An event takes far less, so a sender can always make smaller batches. */
export const LOT_BYTES_MAX = 8 << 20
/** The most reasons that are listed for a batch; all are counted. */
const REASONS_MAX = 100
/** Of those that are kept of an import, so that they can be told again. */
const FIRST_REJECTED_MAX = 10
/** Of a row, which no event comes near: a longer one is refused before it is parsed. */
export const ROW_CHARS_MAX = 64 << 10
/** Some milliseconds of reading rows, whatever stands in them. */
const TURN_CHARS_MAX = 64 << 10
/** What an empty row costs. */
const ROW_COST_CHARS = 20

export async function importState({ journal }: ImportDeps, id: string): Promise<ImportState> {
  const entry = await journal.find('imports', id)
  const nothing = { id, nextRow: 0, stored: 0, rejected: 0, firstRejected: [], done: false }
  const { importing: _, ...state } = (entry?.body ?? {}) as Partial<ImportState> & ImportNote
  return { ...nothing, ...state } // earlier releases kept no reasons
}

/**
 * Stores a batch that begins at row `from`. Rows that were stored before are skipped; a batch that would leave a gap
 * is refused: null.
 * @param lines JSON of events as POST /v1/events takes them, each of which may name its `tenant`
 * @param tenant the tenant of events that do not
 */
export async function importLot(
  deps: ImportDeps,
  tenant: string,
  id: string,
  from: number,
  lines: readonly string[],
): Promise<LotReceipt | null> {
  const state = await importState(deps, id)
  const to = from + lines.length
  if (state.done || to <= state.nextRow) {
    await deps.onImported?.() // it may have failed after these rows were noted
    return { ...state, rejectedRows: [] }
  }
  if (from > state.nextRow) return null
  const fresh = lines.slice(state.nextRow - from)
  const { events, rejected, rejectedRows } = await judge(deps, tenant, state.nextRow, fresh)
  if (events.length > 0) {
    const place = { sourceId: `import-${id}`, fromOffset: state.nextRow, toOffset: to }
    await deps.archive.store({ ...place, origin: 'import', events })
    await checkNotPurged(deps, events)
    const sketches = sketchesOf(events)
    if (sketches.length > 0) await deps.uniques.merge(sketches)
  }
  const next = {
    ...state,
    nextRow: to,
    stored: state.stored + events.length,
    rejected: state.rejected + rejected,
    firstRejected: [...state.firstRejected, ...rejectedRows].slice(0, FIRST_REJECTED_MAX),
  }
  await keep(deps, next, minutesOf(events))
  return { ...next, rejectedRows }
}

export async function endImport(deps: ImportDeps, id: string): Promise<ImportState> {
  const state = { ...(await importState(deps, id)), done: true }
  await keep(deps, state, null)
  return state
}

/**
 * With the minutes that wait for a recount: those of events that were stored now, and those that are left. Only the
 * latest notes are read, so this one comes after those that it has seen, whatever the clock says.
 */
async function keep(
  { journal, rollups, clock, onImported }: ImportDeps,
  state: ImportState,
  stored: MinuteRange | null,
): Promise<void> {
  const latest = await latestImports(journal)
  const left = importingIn(latest, await rollups.readReconciled())
  const body: ImportState & ImportNote = { ...state, importing: bothOf(left, stored) }
  const atMs = Math.max(clock.nowMs(), (latest[0]?.atMs ?? 0) + 1)
  await journal.append('imports', { atMs, key: state.id, body })
  await onImported?.()
}

function minutesOf(events: readonly Event[]): MinuteRange | null {
  return events.reduce<MinuteRange | null>((range, { timeMs }) => {
    const minute = minuteOf(timeMs)
    return bothOf(range, { from: minute, to: minute + 1 })
  }, null)
}

async function judge(deps: ImportDeps, tenant: string, from: number, lines: readonly string[]) {
  const { clock, aheadMs, sourcesFromMs } = deps
  const whenever = { horizonMs: 0, retentionMs: Number.MAX_SAFE_INTEGER }
  const context = { tenant, nowMs: clock.nowMs(), aheadMs, sourcesFromMs, ...whenever }
  const turns = new Turns(TURN_CHARS_MAX)
  const parsed: RawEvent[] = []
  const rejectedRows: RejectedRow[] = []
  let rejected = 0
  const reject = (row: RejectedRow) => {
    rejected++
    if (rejectedRows.length < REASONS_MAX) rejectedRows.push(row)
  }
  for (const [at, line] of lines.entries()) {
    const one = parseImported(line, context)
    const place = { offset: from + at, index: 0, logTimeMs: 0 }
    if (one.ok) parsed.push({ ...one.event, ...place })
    else reject({ index: from + at, code: one.code, detail: one.detail })
    await turns.after(line.length + ROW_COST_CHARS)
  }
  const refusalOf = await refusals(deps, parsed)
  const events = parsed.filter((event) => {
    const refusal = refusalOf(event)
    if (refusal !== null) reject({ index: event.offset, ...refusal })
    return refusal === null
  })
  return { events, rejected, rejectedRows: rejectedRows.sort((a, b) => a.index - b.index) }
}

/** Admins import for all tenants, so a row may name its tenant; events at the front door may not. */
function parseImported(line: string, context: ParseContext): ParsedEvent {
  if (line.length > ROW_CHARS_MAX) {
    return rejection('too_large', `a row must have at most ${ROW_CHARS_MAX} characters`)
  }
  const row = jsonValue(line) // a line that is not JSON is refused as one event, and the others are stored
  if (typeof row !== 'object' || row === null || !Object.hasOwn(row, 'tenant'))
    return parseEventWithSource(row, context)
  const { tenant: given, ...fields } = row as { readonly tenant: unknown }
  const tenant = typeof given === 'string' ? tenantName(given) : null
  if (tenant === null) return rejection('invalid_event', `tenant must be ${TENANT_RULE}`)
  return parseEventWithSource(fields, { ...context, tenant })
}

type Refusal = Omit<RejectedRow, 'index'>

const HOUR_PURGED: Refusal = {
  code: 'hour_purged',
  detail: 'the raw events of this hour were purged: it cannot be counted again',
}
const VIDEO_REMOVED: Refusal = {
  code: 'video_removed',
  detail: 'this video was removed after the event happened: earlier events do not count any more',
}

async function refusals(
  deps: ImportDeps,
  events: readonly Event[],
): Promise<(event: Event) => Refusal | null> {
  if (events.length === 0) return () => null
  const purged = await purgedHours(deps, events)
  const removedBefore = await deps.removals(firstHour(events))
  return (event) => {
    if (purged.has(eventHour(event))) return HOUR_PURGED
    return minuteOf(event.timeMs) < removedBefore(event) ? VIDEO_REMOVED : null
  }
}

/** Of a purged hour nothing is counted again: where one was noted as purged meanwhile, the batch is judged anew. */
async function checkNotPurged(deps: ImportDeps, events: readonly Event[]): Promise<void> {
  const purged = await purgedHours(deps, events)
  if (!events.some((event) => purged.has(eventHour(event)))) return
  const detail = 'Raw events of an hour were purged while the batch was stored. Send it again.'
  throw new ProblemError({ type: 'store-unavailable', detail })
}

async function purgedHours(
  { rollups }: Pick<ImportDeps, 'rollups'>,
  events: readonly Event[],
): Promise<ReadonlySet<number>> {
  const last = events.reduce((most, event) => Math.max(most, eventHour(event)), Number.NEGATIVE_INFINITY)
  const audits = await rollups.readHours(firstHour(events), last + 1)
  return new Set(audits.filter((audit) => audit.purged).map(({ hour }) => hour))
}

function firstHour(events: readonly Event[]): number {
  return events.reduce((least, event) => Math.min(least, eventHour(event)), Number.POSITIVE_INFINITY)
}

function eventHour({ timeMs }: Event): number {
  return hourOf(minuteOf(timeMs))
}
