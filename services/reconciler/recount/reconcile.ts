// One run of the batch layer: find what is due ▸ plan it ▸ have its shares recounted ▸ roll up sites, note the audits ▸
// say how far it goes. After a kill at any moment, the next run repeats what was not noted; rows are absolute and
// versioned, so that is harmless.

import { bytesOf } from '../../../lib/byte-units.ts'
import type { Clock } from '../../../lib/clock.ts'
import { hourOf, MINUTE_MS, type Series } from '../../../model/bucket.ts'
import { closedWith } from '../../../model/horizons.ts'
import type { Archive, Holding, InTime } from '../../../stores/archive/archive.ts'
import type { CountAudit, CountWriter } from '../../../stores/counts/counts.ts'
import type { Journal } from '../../../stores/counts/journal.ts'
import type { HourAudit, Reconciled, RollupReader, RollupWriter } from '../../../stores/counts/rollups.ts'
import { latestImports, namesOf } from '../../query/read/importing.ts'
import type { Removals } from '../operators/admin-acts.ts'
import { carryOut, type Sharing } from './carry-out.ts'
import { dueHours, exceptHours, type HourRange, lostFrom, type Window } from './due-hours.ts'
import { noteAudits } from './note-audits.ts'
import {
  assigned,
  auditVersionOf,
  checkWhole,
  type HeldHour,
  lotsOf,
  PLAN_FORMAT,
  partsOf,
  planIn,
  type RecountPlan,
  type ShareBounds,
  sharesOf,
  type UnassignedShare,
} from './recount-plan.ts'

export type ReconcilePorts = {
  readonly archive: Archive
  readonly counts: CountAudit & Pick<CountWriter, 'write'>
  readonly rollups: RollupReader & RollupWriter
  readonly journal: Pick<Journal, 'latest'>
  /** Invalidates cached answers about these series in every process; see forget.ts of the query service. */
  readonly forget: (series: readonly Series[]) => Promise<void>
  /** Removals of videos that affect minutes from the given one on: removed events are not counted again. */
  readonly removals: (fromMinute: number) => Promise<Removals>
  /** How the work is shared with other processes; null: there are none. */
  readonly sharing: Sharing | null
  readonly clock: Clock
}

/** What is in time is the same as in processing. */
export type ReconcileSettings = InTime & {
  /** How long rows of minutes are kept: older ones are neither compared nor corrected. */
  readonly minutesKeptMs: number
  readonly shares: ShareBounds
  /**
   * Without a new result of another process for this long, who carries out a plan does what is left: it may be for a
   * process that cannot.
   */
  readonly patienceMs: number
}

export type RunReport = {
  /** Minutes before this one were closed: what was imported of later ones is counted by a later run. */
  readonly closedTo: number
  /** The same of the run before; null where none has noted it. */
  readonly closedBefore: number | null
  readonly reconciled: Reconciled
  /** Hours recounted in this run, in order of time. */
  readonly audits: readonly HourAudit[]
}

/** Hours in a plan that processes share: what came of its shares is in memory at once, and noted together. */
const HOURS_PLANNED_MAX = 3 * 24
const EVERYTHING: HourRange = { from: 0, to: Number.MAX_SAFE_INTEGER }
/** The run is repeated, and finds what the other one has noted. */
const PLANNED_ELSEWHERE = 'another process has planned the recount'

/** Fails with the errors of the ports, and when aborted; what was noted by then stays valid. */
export async function reconcile(
  ports: ReconcilePorts,
  settings: ReconcileSettings,
  asked: Window,
  signal: AbortSignal,
): Promise<RunReport> {
  const { rollups, sharing, clock, journal } = ports
  const held = namesOf(await latestImports(journal)) // before the archive is looked at: what is noted there is in it
  const tables = await rollups.tables()
  const done = await finishOthers(ports, settings, tables, signal)
  const holdings = await heldHours(ports, settings, asked)
  const audits = new Map((await readAudits(rollups, holdings, asked)).map((audit) => [audit.hour, audit]))
  const before = await rollups.readReconciled()
  const window = isRestored(before, tables) ? { ...asked, again: EVERYTHING } : asked
  let version = audits.values().reduce((last, audit) => Math.max(last, audit.version), before?.version ?? 0)
  const hoursMax = sharing === null ? 0 : HOURS_PLANNED_MAX
  for (const due of plannedTogether(dueHours(holdings, audits, window), hoursMax)) {
    version = Math.max(clock.nowMs(), version + 1)
    const plan = await planOf(ports, settings, { version, closedTo: window.closedTo, tables }, due, audits)
    if (sharing !== null && !(await sharing.plans.propose(version, plan))) throw new Error(PLANNED_ELSEWHERE)
    version = auditVersionOf(plan)
    const noted = await finish(ports, settings, plan, signal)
    if (noted === null) throw new Error(PLANNED_ELSEWHERE)
    for (const audit of noted) {
      audits.set(audit.hour, audit)
      done.push(audit)
    }
  }
  const toMinute = Math.max(hourOf(window.closedTo), before?.toMinute ?? 0) // it never goes back
  const except = exceptHours(holdings, audits, toMinute, window.completeFrom)
  const kept = holdings.find(
    ({ hour, isBeforeArchive }) => !isBeforeArchive && audits.get(hour)?.purged !== true,
  )
  // After an upgrade: earlier hours were purged before totals of sites were added up.
  const sitesFrom = before === null ? 0 : (before.sitesFrom ?? kept?.hour ?? toMinute)
  const last = Math.max(clock.nowMs(), version + 1)
  const imports = { held, closedTo: window.closedTo }
  const closed = closedWith(before?.closed, window.closedTo, settings)
  const reconciled = { version: last, toMinute, exceptHours: except, sitesFrom, imports, closed, tables }
  await rollups.writeReconciled(reconciled)
  const closedBefore = before?.imports?.closedTo ?? null
  return { closedTo: window.closedTo, closedBefore, reconciled, audits: done }
}

/**
 * Whether the tables were made anew and filled from a snapshot. One of a table that notes what was counted may be later
 * than one of the counts, so no note is to be believed.
 */
function isRestored(before: Reconciled | null, tables: string | null): boolean {
  return before !== null && isOfOther(before, tables)
}

/** What a release has noted that does not know of tables is believed. */
function isOfOther(noted: Pick<Reconciled, 'tables'>, tables: string | null): boolean {
  return noted.tables !== undefined && noted.tables !== tables
}

/**
 * A plan that is left, of whoever began it, is carried out first: so there is never more than one. One for other tables
 * is dropped, because they took with them what its shares have written.
 */
async function finishOthers(
  ports: ReconcilePorts,
  settings: ReconcileSettings,
  tables: string | null,
  signal: AbortSignal,
): Promise<HourAudit[]> {
  const audits: HourAudit[] = []
  if (ports.sharing === null) return audits
  const { plans } = ports.sharing
  for (let current = await plans.current(); current !== null; current = await plans.current()) {
    const plan = planIn(current.plan, ports.clock.nowMs())
    if (plan === null || isOfOther(plan, tables)) await plans.drop(current.version)
    else audits.push(...((await finish(ports, settings, plan, signal)) ?? []))
  }
  return audits
}

/** Carries out a plan, and notes what came of it. Null: another process has done so. */
async function finish(
  ports: ReconcilePorts,
  settings: ReconcileSettings,
  plan: RecountPlan,
  signal: AbortSignal,
): Promise<readonly HourAudit[] | null> {
  const results = await carryOut(ports, settings, plan, signal)
  if (results === null) return null
  const audits = await noteAudits(ports, plan, results)
  await ports.sharing?.plans.drop(plan.version)
  return audits
}

async function planOf(
  { archive, sharing }: ReconcilePorts,
  { shares: bounds }: ReconcileSettings,
  { version, closedTo, tables }: Pick<Required<RecountPlan>, 'version' | 'closedTo' | 'tables'>,
  due: readonly HeldHour[],
  audits: ReadonlyMap<number, HourAudit>,
): Promise<RecountPlan> {
  const partitions = (await sharing?.partitions()) ?? 1
  const shares: UnassignedShare[] = []
  for (const lot of lotsOf(due)) {
    const parts = sharing === null ? 1 : partsOf(bytesOf(lot), partitions, bounds)
    const keys =
      parts === 1
        ? []
        : await archive.cuts(
            lot.map(({ hour }) => hour),
            parts,
          )
    shares.push(...sharesOf(lot, keys))
  }
  const hours = due.map(({ hour, mark, lateMark, isBeforeArchive }) => {
    return { hour, mark, lateMark, isBeforeArchive, wasRecounted: audits.has(hour) }
  })
  checkWhole({ hours, shares })
  return { format: PLAN_FORMAT, version, closedTo, hours, shares: assigned(shares, partitions), tables }
}

/** Whole lots with at most so many hours, at least one. */
function* plannedTogether(due: readonly HeldHour[], hoursMax: number): Generator<readonly HeldHour[]> {
  let planned: HeldHour[] = []
  for (const lot of lotsOf(due)) {
    if (planned.length > 0 && planned.length + lot.length > hoursMax) {
      yield planned
      planned = []
    }
    planned.push(...lot)
  }
  if (planned.length > 0) yield planned
}

/** What stands for the mark of hours of which the archive holds nothing. */
const NOTHING_HELD = 'nothing'

/** All hours of which there are raw events or rows of minutes, in order of time. */
async function heldHours(
  { archive, counts, clock }: ReconcilePorts,
  { minutesKeptMs }: ReconcileSettings,
  { closedTo, completeFrom }: Window,
): Promise<readonly HeldHour[]> {
  const archived = (await archive.holdings()).map((one) => ({ ...one, isBeforeArchive: false }))
  const held = new Set(archived.map(({ hour }) => hour))
  const archivedFrom = archived[0]?.hour ?? Infinity
  const from = Math.max(rowsKeptFrom(clock, minutesKeptMs), completeFrom)
  const nothing = { mark: NOTHING_HELD, lateMark: null, bytes: 0, archivedMs: 0, lateArchivedMs: 0 }
  const countedAlone: HeldHour[] = []
  for (const hour of await counts.writtenHours(hourOf(from), closedTo)) {
    if (!held.has(hour)) countedAlone.push({ hour, ...nothing, isBeforeArchive: hour < archivedFrom })
  }
  return [...archived, ...countedAlone].sort((a, b) => a.hour - b.hour)
}

/** Minutes from this one on still have their rows. */
export function rowsKeptFrom(clock: Clock, minutesKeptMs: number): number {
  return Math.ceil((clock.nowMs() - minutesKeptMs) / MINUTE_MS)
}

/** The audits of all hours in the archive, and of those that it may lack. */
function readAudits(
  rollups: RollupReader,
  holdings: readonly Holding[],
  { completeFrom }: Window,
): Promise<readonly HourAudit[]> {
  const held = holdings.map(({ hour }) => hour)
  const first = Math.min(held[0] ?? completeFrom, completeFrom === 0 ? Infinity : lostFrom(completeFrom))
  return rollups.readHours(first, Math.max(held.at(-1) ?? 0, completeFrom) + 1)
}
