// The recount of one share: some hours of a range of series. Compares and corrects minutes, and rolls up hours and
// days. What it writes is absolute, with the versions of the plan: several may do it, and one of them half.

import { mapBounded } from '../../../lib/map-bounded.ts'
import { dayOf, MINUTES_PER_HOUR, type Series } from '../../../model/bucket.ts'
import { isProbe } from '../../../model/probe.ts'
import { quartersOf } from '../../../model/quarters.ts'
import { seriesText } from '../../../model/series-text.ts'
import { addTallies, NO_TALLY, type Tally } from '../../../model/tally.ts'
import { sumOf } from '../../../model/total.ts'
import { inTimeOf } from '../../../stores/archive/archive.ts'
import { BATCH_SOURCE, type CountRow } from '../../../stores/counts/counts.ts'
import type { RollupRow, RollupWriter } from '../../../stores/counts/rollups.ts'
import type { Removals } from '../operators/admin-acts.ts'
import { compare } from './compare.ts'
import { withCountedAlone } from './counted-alone.ts'
import { isClosed } from './due-hours.ts'
import { type HourGroup, hourGroups } from './hour-groups.ts'
import { type ReconcilePorts, type ReconcileSettings, rowsKeptFrom } from './reconcile.ts'
import { type RecountPlan, type Share, versionOf } from './recount-plan.ts'
import type { HourResult } from './share-result.ts'
import { SiteTotals } from './site-totals.ts'

/** Bounds what waits; the store limits how many it gets at once by how fast it answers. */
const CALLS_IN_FLIGHT_MAX = 256
/** Series whose cached answers are invalidated together, which takes some seconds. */
const CHANGED_SERIES_MAX = 100_000

/** What the audit says about hours that the archive does not hold. */
const NOT_ARCHIVED = 'all raw events: the archive begins later'

export type PlannedShare = {
  readonly plan: RecountPlan
  readonly share: Share
  /** Called before anything is written; fails where the plan is not to be carried out any more. */
  readonly checkCurrent: () => Promise<void>
}

/** Returns one result for each hour. Fails with the errors of the ports, and when aborted. */
export async function recountShare(
  ports: ReconcilePorts,
  settings: ReconcileSettings,
  planned: PlannedShare,
  signal: AbortSignal,
): Promise<readonly HourResult[]> {
  const removals = await ports.removals(planned.share.hours[0]!)
  return new ShareRun({ ports, settings, ...planned, removals, signal }).run()
}

type ShareTask = PlannedShare & {
  readonly ports: ReconcilePorts
  readonly settings: ReconcileSettings
  readonly removals: Removals
  readonly signal: AbortSignal
}

class ShareRun {
  readonly #task: ShareTask
  /** Minutes from this one on still have their rows. */
  readonly #rowsFrom: number
  readonly #recounted: ReadonlySet<number>
  /** Series whose answers may have changed. */
  readonly #changed = new Map<string, Series>()
  readonly #tallies = new Map<number, Tally>()
  readonly #missing = new Map<number, string[]>()
  /** Counted events whose raw events are gone. */
  readonly #lost = new Map<number, number>()
  readonly #sites = new SiteTotals()

  constructor(task: ShareTask) {
    this.#task = task
    this.#rowsFrom = rowsKeptFrom(task.ports.clock, task.settings.minutesKeptMs)
    const { hours } = task.plan
    this.#recounted = new Set(hours.filter(({ wasRecounted }) => wasRecounted).map(({ hour }) => hour))
    for (const { hour, isBeforeArchive } of hours) if (isBeforeArchive) this.#note(hour, NOT_ARCHIVED)
  }

  async run(): Promise<readonly HourResult[]> {
    const { ports, settings, plan, share, signal } = this.#task
    const { archive, counts } = ports
    const { hours, range } = share
    const question = { hours, range, beforeMinute: plan.closedTo, ...inTimeOf(settings) }
    const { buckets, unreadable } = await archive.recount(question, signal)
    for (const { hour, name } of await archive.unreadable()) this.#note(hour, name)
    const withRows = hours.filter((hour) => hour >= this.#rowsFrom)
    for await (const groups of withCountedAlone(hourGroups(buckets), withRows, counts, range)) {
      for (const { hour, name } of unreadable) this.#note(hour, name)
      const counting = groups.flatMap((group) => this.#withoutRemoved(group))
      for (const [hour, some] of Map.groupBy(counting, (group) => group.hour)) await this.#settle(hour, some)
    }
    for (const { hour, name } of unreadable) this.#note(hour, name)
    await this.#forgetChanged()
    return hours.map((hour) => ({
      hour,
      tally: this.#tallies.get(hour) ?? NO_TALLY,
      missing: this.#missing.get(hour) ?? [],
      lost: this.#lost.get(hour) ?? 0,
      sites: this.#sites.of(hour),
    }))
  }

  /** Corrects the minutes of some series in an hour, and rolls them up if the hour is closed. */
  async #settle(hour: number, groups: readonly HourGroup[]): Promise<void> {
    const { ports, plan, signal, checkCurrent } = this.#task
    signal.throwIfAborted()
    const compared = await mapBounded(groups, CALLS_IN_FLIGHT_MAX, (group) => this.#compare(group))
    await checkCurrent()
    if (this.#missing.has(hour)) return
    const corrections: CountRow[] = []
    const rolledUp: RollupRow[] = []
    for (const [i, { series }] of groups.entries()) {
      const { quarters, corrections: ofGroup, isEmpty } = compared[i]!
      if (isEmpty) continue
      corrections.push(...ofGroup)
      if (quarters !== null && isClosed(hour, plan.closedTo)) {
        rolledUp.push({ series, start: hour, aggregate: sumOf(quarters), quarters })
        this.#sites.add(hour, series, quarters)
      }
      this.#changed.set(seriesText(series), series)
    }
    const refused = corrections.length === 0 ? [] : await ports.counts.write(BATCH_SOURCE, corrections)
    if (refused.length > 0) throw new Error(`a correction was refused: ${refused[0]!.reason}`)
    await rollUp(ports.rollups, versionOf(plan, hour), rolledUp)
    if (this.#changed.size >= CHANGED_SERIES_MAX) await this.#forgetChanged()
  }

  async #forgetChanged(): Promise<void> {
    if (this.#changed.size > 0) await this.#task.ports.forget(Array.from(this.#changed.values()))
    this.#changed.clear()
  }

  #withoutRemoved(group: HourGroup): readonly HourGroup[] {
    const from = this.#task.removals(group.series)
    if (from <= group.hour) return [group]
    if (from >= group.hour + MINUTES_PER_HOUR) return []
    return [{ ...group, buckets: group.buckets.filter(({ bucket }) => bucket.minute >= from) }]
  }

  async #compare({ hour, series, buckets }: HourGroup) {
    const { ports, plan, removals } = this.#task
    const from = Math.max(hour, removals(series))
    const to = Math.min(hour + MINUTES_PER_HOUR, plan.closedTo)
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
    const held = await ports.counts.heldMinutes(series, from, to)
    const compared = compare(series, buckets, held, versionOf(plan, hour), before)
    this.#tally(hour, series, compared.tally)
    this.#lose(hour, compared.lost)
    return { ...compared, isEmpty: buckets.length === 0 && held.length === 0 }
  }

  /** The count of an hour that was closed and complete at its last recount; else null. */
  async #recountedBefore(hour: number, series: Series): Promise<number | null> {
    if (!this.#recounted.has(hour)) return null
    const range = { resolution: 'hour', from: hour, to: hour + MINUTES_PER_HOUR } as const
    const { periods } = await this.#task.ports.rollups.readRollups(series, range)
    return periods[0]?.aggregate.count ?? null
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
    const names = this.#missing.get(hour) ?? []
    if (!names.includes(name)) this.#missing.set(hour, [...names, name])
  }
}

/** Stores hours, and their days added up from their hours, which may be of earlier plans. */
export async function rollUp(
  rollups: RollupWriter,
  version: number,
  hours: readonly RollupRow[],
): Promise<void> {
  await rollups.writeRollups('hour', version, hours)
  for (const [day, some] of Map.groupBy(hours, ({ start }) => dayOf(start))) {
    const series = Array.from(new Map(some.map((row) => [seriesText(row.series), row.series])).values())
    const sums = await rollups.addUpDay(day, series)
    const rows = series.map((one, i) => ({ series: one, start: day, aggregate: sums[i]! }))
    await rollups.writeRollups('day', version, rows)
  }
}

function lateOf(buckets: HourGroup['buckets']): number {
  return buckets.reduce((late, { all, onTime }) => late + all.count - onTime.count, 0)
}
