// One run of the batch layer: recount what is due ▸ compare and correct ▸ roll up ▸ say how far it goes. After a kill
// at any moment, the next run repeats what was not noted; rows are absolute and versioned, so that is harmless.

import type { Clock } from '../../lib/clock.ts'
import { mapBounded } from '../../lib/map-bounded.ts'
import {
  dayOf,
  hourOf,
  MINUTE_MS,
  MINUTES_PER_DAY,
  MINUTES_PER_HOUR,
  type Series,
} from '../../model/bucket.ts'
import { isProbe } from '../../model/probe.ts'
import { quartersOf } from '../../model/quarters.ts'
import { seriesText } from '../../model/series-text.ts'
import { addTallies, NO_TALLY, type Tally } from '../../model/tally.ts'
import { add, EMPTY, sumOf } from '../../model/total.ts'
import type { Archive, Holding } from '../../stores/archive/archive.ts'
import { BATCH_SOURCE, type CountAudit, type CountRow, type CountWriter } from '../../stores/counts/counts.ts'
import type {
  HourAudit,
  Reconciled,
  RollupReader,
  RollupRow,
  RollupWriter,
} from '../../stores/counts/rollups.ts'
import type { Removals } from './admin-acts.ts'
import { compare } from './compare.ts'
import { withCountedAlone } from './counted-alone.ts'
import { dueHours, exceptHours, isClosed, lostFrom, type Window } from './due-hours.ts'
import { type HourGroup, hourGroups } from './hour-groups.ts'
import { SiteTotals } from './site-totals.ts'

export type ReconcilePorts = {
  readonly archive: Archive
  readonly counts: CountAudit & Pick<CountWriter, 'write'>
  readonly rollups: RollupReader & RollupWriter
  /** Invalidates cached answers about these series in every process; see forget.ts of the query service. */
  readonly forget: (series: readonly Series[]) => Promise<void>
  /** Removals of videos that affect minutes from the given one on: removed events are not counted again. */
  readonly removals: (fromMinute: number) => Promise<Removals>
  readonly clock: Clock
}

export type ReconcileSettings = {
  /** The window in which the stream counts events by log time; the same as in processing. */
  readonly horizonMs: number
  readonly aheadMs: number
  /** How long rows of minutes are kept: older ones are neither compared nor corrected. */
  readonly minutesKeptMs: number
}

export type RunReport = {
  /** Minutes before this one were closed: what was imported of later ones is counted by a later run. */
  readonly closedTo: number
  readonly reconciled: Reconciled
  /** Hours recounted in this run, in order of time. */
  readonly audits: readonly HourAudit[]
}

/** Hours that are recounted together, so that a sparse past does not need one query per hour. */
const HOURS_TOGETHER_MAX = 24
/** Hours with more raw bytes than this are recounted alone. */
const BYTES_TOGETHER_MAX = 64 << 20
const CALLS_IN_FLIGHT_MAX = 16
/** Series whose cached answers are invalidated together, which takes some seconds. */
const CHANGED_SERIES_MAX = 100_000

/** Fails with the errors of the ports, and when aborted; what was noted by then stays valid. */
export async function reconcile(
  ports: ReconcilePorts,
  settings: ReconcileSettings,
  window: Window,
  signal: AbortSignal,
): Promise<RunReport> {
  const { rollups, clock } = ports
  const holdings = await heldHours(ports, settings, window)
  const audits = new Map((await readAudits(rollups, holdings, window)).map((audit) => [audit.hour, audit]))
  const before = await rollups.readReconciled()
  const lastVersion = audits.values().reduce((last, { version }) => Math.max(last, version), 0)
  const versions = versionsAfter(Math.max(clock.nowMs(), before?.version ?? 0, lastVersion))
  const done: HourAudit[] = []
  const changed = new Map<string, Series>()
  const forgetChanged = async () => {
    if (changed.size > 0) await ports.forget(Array.from(changed.values()))
    changed.clear()
  }
  const due = dueHours(holdings, audits, window)
  const removals = due.length === 0 ? null : await ports.removals(due[0]!.hour)
  const common = { ports, settings, window, audits, nextVersion: versions, signal }
  for (const together of lotsOf(due)) {
    const run = new HoursRun({ ...common, removals: removals! }, together)
    for (const audit of await run.recount()) {
      audits.set(audit.hour, audit)
      done.push(audit)
    }
    for (const [text, series] of run.changed) changed.set(text, series)
    if (changed.size >= CHANGED_SERIES_MAX) await forgetChanged()
  }
  await forgetChanged()
  const toMinute = Math.max(hourOf(window.closedTo), before?.toMinute ?? 0) // it never goes back
  const except = exceptHours(holdings, audits, toMinute, window.completeFrom)
  const kept = holdings.find(
    ({ hour, isBeforeArchive }) => !isBeforeArchive && audits.get(hour)?.purged !== true,
  )
  // After an upgrade: earlier hours were purged before totals of sites were added up.
  const sitesFrom = before === null ? 0 : (before.sitesFrom ?? kept?.hour ?? toMinute)
  const reconciled = { version: versions(), toMinute, exceptHours: except, sitesFrom }
  await rollups.writeReconciled(reconciled)
  return { closedTo: window.closedTo, reconciled, audits: done }
}

/** What the audit says about hours that the archive does not hold. */
const NOTHING_HELD = 'nothing'
const NOT_ARCHIVED = 'all raw events: the archive begins later'

type HeldHour = Holding & {
  /** There are no raw events of it, nor of any earlier hour: nobody can say whether there were some. */
  readonly isBeforeArchive: boolean
}

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
function rowsKeptFrom(clock: Clock, minutesKeptMs: number): number {
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

/**
 * Each version is higher than the last: a row may be written more than once in a run, and the later write must win.
 */
function versionsAfter(version: number): () => number {
  let last = version
  return () => ++last
}

function* lotsOf(due: readonly HeldHour[]): Generator<readonly HeldHour[]> {
  let lot: HeldHour[] = []
  let bytes = 0
  for (const holding of due) {
    if (lot.length === HOURS_TOGETHER_MAX || (lot.length > 0 && bytes + holding.bytes > BYTES_TOGETHER_MAX)) {
      yield lot
      lot = []
      bytes = 0
    }
    lot.push(holding)
    bytes += holding.bytes
  }
  if (lot.length > 0) yield lot
}

/** What the recounts of one run have in common. */
type Common = {
  readonly ports: ReconcilePorts
  readonly settings: ReconcileSettings
  readonly window: Window
  readonly removals: Removals
  /** As of the runs before. */
  readonly audits: ReadonlyMap<number, HourAudit>
  readonly nextVersion: () => number
  readonly signal: AbortSignal
}

/** The recount of a few hours. */
class HoursRun {
  /** Series whose answers may have changed. */
  readonly changed = new Map<string, Series>()
  readonly #common: Common
  readonly #holdings: readonly HeldHour[]
  /** Minutes from this one on still have their rows. */
  readonly #rowsFrom: number
  readonly #tallies = new Map<number, Tally>()
  readonly #incomplete = new Map<number, string[]>()
  /** Counted events whose raw events are gone. */
  readonly #lost = new Map<number, number>()
  readonly #sites: SiteTotals

  constructor(common: Common, holdings: readonly HeldHour[]) {
    this.#common = common
    this.#holdings = holdings
    this.#rowsFrom = rowsKeptFrom(common.ports.clock, common.settings.minutesKeptMs)
    this.#sites = new SiteTotals(common.ports.rollups)
    for (const { hour, isBeforeArchive } of holdings) if (isBeforeArchive) this.#note(hour, NOT_ARCHIVED)
  }

  async recount(): Promise<HourAudit[]> {
    const { archive, rollups } = this.#common.ports
    const { horizonMs, aheadMs } = this.#common.settings
    const hours = this.#holdings.map(({ hour }) => hour)
    const question = { hours, beforeMinute: this.#common.window.closedTo, horizonMs, aheadMs }
    const { buckets, unreadable } = await archive.recount(question)
    for (const { hour, name } of await archive.unreadable()) this.#note(hour, name)
    const withRows = hours.filter((hour) => hour >= this.#rowsFrom)
    for await (const groups of withCountedAlone(hourGroups(buckets), withRows, this.#common.ports.counts)) {
      for (const { hour, name } of unreadable) this.#note(hour, name)
      await this.#settle(groups.flatMap((group) => this.#withoutRemoved(group)))
    }
    for (const { hour, name } of unreadable) this.#note(hour, name)
    await this.#rollUpSites(hours)
    const audits = this.#holdings.map((holding) => this.#auditOf(holding))
    await rollups.writeHours(audits)
    return audits
  }

  /** Corrects the minutes of some series and rolls up those whose hours are closed. */
  async #settle(groups: readonly HourGroup[]): Promise<void> {
    this.#common.signal.throwIfAborted()
    const { counts } = this.#common.ports
    const compared = await mapBounded(groups, CALLS_IN_FLIGHT_MAX, (group) => this.#compare(group))
    const corrections: CountRow[] = []
    const rolledUp: RollupRow[] = []
    for (const [i, { hour, series }] of groups.entries()) {
      if (this.#incomplete.has(hour)) continue
      const { quarters, corrections: ofGroup, isEmpty } = compared[i]!
      if (isEmpty) continue
      corrections.push(...ofGroup)
      if (quarters !== null && isClosed(hour, this.#common.window.closedTo)) {
        rolledUp.push({ series, start: hour, aggregate: sumOf(quarters), quarters })
        this.#sites.add(hour, series, quarters)
      }
      this.changed.set(seriesText(series), series)
    }
    const refused = corrections.length === 0 ? [] : await counts.write(BATCH_SOURCE, corrections)
    if (refused.length > 0) throw new Error(`a correction was refused: ${refused[0]!.reason}`)
    await this.#rollUp(rolledUp)
  }

  #withoutRemoved(group: HourGroup): readonly HourGroup[] {
    const from = this.#common.removals(group.series)
    if (from <= group.hour) return [group]
    if (from >= group.hour + MINUTES_PER_HOUR) return []
    return [{ ...group, buckets: group.buckets.filter(({ bucket }) => bucket.minute >= from) }]
  }

  async #compare({ hour, series, buckets }: HourGroup) {
    const { counts } = this.#common.ports
    const from = Math.max(hour, this.#common.removals(series))
    const to = Math.min(hour + MINUTES_PER_HOUR, this.#common.window.closedTo)
    const before = await this.#recountedBefore(hour, series)
    if (hour < this.#rowsFrom) {
      this.#tally(hour, series, { ...NO_TALLY, buckets: buckets.length, lateApplied: lateOf(buckets) })
      const quarters = quartersOf(
        buckets.map(({ bucket, all }) => ({ minute: bucket.minute, aggregate: all })),
      )
      const found = sumOf(quarters).count
      this.#lose(hour, (before ?? 0) - found)
      return {
        corrections: [],
        quarters: found < (before ?? 0) ? null : quarters,
        isEmpty: buckets.length === 0,
      }
    }
    const held = await counts.heldMinutes(series, from, to)
    const compared = compare(series, buckets, held, this.#common.nextVersion(), before)
    this.#tally(hour, series, compared.tally)
    this.#lose(hour, compared.lost)
    return { ...compared, isEmpty: buckets.length === 0 && held.length === 0 }
  }

  /** The count of an hour that was closed and complete at its last recount; else null. */
  async #recountedBefore(hour: number, series: Series): Promise<number | null> {
    if (!this.#common.audits.has(hour)) return null
    const range = { resolution: 'hour', from: hour, to: hour + MINUTES_PER_HOUR } as const
    const { periods } = await this.#common.ports.rollups.readRollups(series, range)
    return periods[0]?.aggregate.count ?? null
  }

  /** Hours of which something is missing keep the totals that they had. */
  async #rollUpSites(hours: readonly number[]): Promise<void> {
    const { window, removals } = this.#common
    const isWhole = (hour: number) =>
      isClosed(hour, window.closedTo) && !this.#incomplete.has(hour) && !this.#lost.has(hour)
    for (const hour of hours.filter(isWhole)) {
      const rows = await this.#sites.rows(hour, removals.all ?? [])
      await this.#rollUp(rows)
    }
  }

  /** Rolls up hours from the recount, and days from their hours, which may be of other runs. */
  async #rollUp(hours: readonly RollupRow[]): Promise<void> {
    const { rollups } = this.#common.ports
    await rollups.writeRollups('hour', this.#common.nextVersion(), hours)
    const days = new Map(
      hours.map(({ series, start }) => {
        const day = dayOf(start)
        return [`${day} ${seriesText(series)}`, { series, day }]
      }),
    )
    const rows = await mapBounded(Array.from(days.values()), CALLS_IN_FLIGHT_MAX, ({ series, day }) =>
      this.#dayOf(series, day),
    )
    await rollups.writeRollups('day', this.#common.nextVersion(), rows)
  }

  async #dayOf(series: Series, day: number): Promise<RollupRow> {
    const range = { resolution: 'hour', from: day, to: day + MINUTES_PER_DAY } as const
    const { periods, stale } = await this.#common.ports.rollups.readRollups(series, range)
    if (stale) throw new Error('the hours of a day could not be read in full')
    return {
      series,
      start: day,
      aggregate: periods.reduce((sum, { aggregate }) => add(sum, aggregate), EMPTY),
    }
  }

  #auditOf({ hour, mark, lateMark }: Holding): HourAudit {
    return {
      hour,
      mark,
      lateMark,
      beforeMinute: Math.min(hour + MINUTES_PER_HOUR, this.#common.window.closedTo),
      version: this.#common.nextVersion(),
      recountedMs: this.#common.ports.clock.nowMs(),
      ...(this.#tallies.get(hour) ?? NO_TALLY),
      missing: this.#missingOf(hour),
      purged: false,
      knowsQuarters: true,
      knowsSites: true,
    }
  }

  #missingOf(hour: number): readonly string[] {
    const names = this.#incomplete.get(hour) ?? []
    const lost = this.#lost.get(hour) ?? 0
    return lost === 0 ? names : [...names, `${lost} events that were counted before`]
  }

  /** The probe's buckets are not reported, unless the stream was wrong about them. */
  #tally(hour: number, series: Series, tally: Tally): void {
    if (isProbe(series) && tally.unexplained === 0) return
    this.#tallies.set(hour, addTallies(this.#tallies.get(hour) ?? NO_TALLY, tally))
  }

  #lose(hour: number, events: number): void {
    if (events > 0) this.#lost.set(hour, (this.#lost.get(hour) ?? 0) + events)
  }

  #note(hour: number, name: string): void {
    const names = this.#incomplete.get(hour) ?? []
    if (!names.includes(name)) this.#incomplete.set(hour, [...names, name])
  }
}

function lateOf(buckets: HourGroup['buckets']): number {
  return buckets.reduce((late, { all, onTime }) => late + all.count - onTime.count, 0)
}
