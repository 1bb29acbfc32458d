// Maintenance of the archive around the recounts: small files of closed hours are merged before their recount, then
// the hours are rolled up by attributes, and old raw events that are recounted are purged.

import { bytesOf, MIB } from '../../../lib/byte-units.ts'
import type { Clock } from '../../../lib/clock.ts'
import {
  dayOf,
  HOUR_MS,
  MINUTE_MS,
  MINUTES_PER_DAY,
  MINUTES_PER_HOUR,
  minuteOf,
} from '../../../model/bucket.ts'
import {
  type Archive,
  type ArchiveKeeper,
  type Holding,
  type InTime,
  inTimeOf,
} from '../../../stores/archive/archive.ts'
import {
  type BreakdownReader,
  type DimensionKeeper,
  FEW_RAW_BYTES,
  type HoursToRollUp,
} from '../../../stores/archive/breakdowns.ts'
import type { HourAudit, RollupReader, RollupWriter } from '../../../stores/counts/rollups.ts'
import { isClosed } from '../recount/due-hours.ts'

export type KeepingPorts = {
  readonly archive: Pick<Archive, 'holdings'> &
    Pick<ArchiveKeeper, 'purge'> &
    DimensionKeeper &
    Pick<BreakdownReader, 'settledHours'>
  readonly rollups: RollupReader & RollupWriter
  readonly clock: Clock
}

export type KeepingSettings = InTime &
  Pick<HoursToRollUp, 'dimensions'> & {
    /** Raw events older than this are purged once they are recounted: longer than the front door takes late ones. */
    readonly rawKeptMs: number
    /** Of a series in an hour so many values of each attribute are kept apart. */
    readonly dimensionValuesMax: number
    /** How long hours are kept by attributes. */
    readonly hoursKeptMs: number
  }

/** Hours that a run begins to purge: they are counted once more, and the next run must not wait long. */
const HOURS_PURGED_MAX = 12
/** Of raw files of which a run rolls hours up, about half a minute of work. */
const ROLLED_UP_BYTES_MAX = 512 * MIB
/** An hour of more, some hundred million events, is rolled up when it is purged. */
const EARLY_BYTES_MAX = 4_096 * MIB

/**
 * Rolls hours up by attributes once they are recounted as a whole, the newest first: questions about many events read
 * them much faster than raw events. Hours of few events wait for others of their day. An hour that changes later is
 * rolled up anew when it is recounted. Returns how many were rolled up.
 */
export async function rollUpRecounted(
  { archive, rollups, clock }: KeepingPorts,
  { dimensionValuesMax: valuesMax, hoursKeptMs, dimensions, ...settings }: KeepingSettings,
): Promise<number> {
  const keptFrom = minuteOf(clock.nowMs() - hoursKeptMs)
  const held = (await archive.holdings()).filter(
    ({ hour, bytes }) => hour >= keptFrom && bytes <= EARLY_BYTES_MAX,
  )
  if (held.length === 0 || dimensions.length === 0) return 0
  const [from, to] = [held[0]!.hour, held.at(-1)!.hour + MINUTES_PER_HOUR]
  const audits = await auditsOf(rollups, from, to)
  // Attributes are rolled up in their order: what the last one has, all have.
  const settled = new Set(await archive.settledHours(dimensions.at(-1)!, from, to))
  const due = held
    .filter(({ hour }) => !settled.has(hour) && audits.get(hour)?.purged === false)
    .filter((holding) => isRecounted(holding, audits.get(holding.hour)))
  const hours = newest(ripe(due, clock.nowMs() - settings.horizonMs), ROLLED_UP_BYTES_MAX)
  if (hours.length === 0) return 0
  return (await archive.rollUpDimensions({ ...inTimeOf(settings), dimensions, valuesMax, hours })).length
}

/**
 * Purges whole hours whose events and files are older than `rawKeptMs` and whose current files are recounted. What
 * they hold by attributes is kept first; an hour that gets events meanwhile stays. The purge is noted before it
 * begins: a half-purged hour must neither be recounted nor rolled up. It is noted twice, with a look at the hour
 * between the two: after a crash the next run knows whether something may be removed already. Returns how many were
 * purged.
 * @param version of the notes; the next one is used, too
 * @param archivedToMs everything that was acknowledged by then is archived, epoch ms. What is not was taken since, and
 *   so may be of an hour that is old by now
 */
export async function purgeOld(
  { archive, rollups, clock }: KeepingPorts,
  settings: KeepingSettings,
  version: number,
  archivedToMs: number,
): Promise<number> {
  const { rawKeptMs, dimensionValuesMax: valuesMax, hoursKeptMs, ...what } = settings
  const oldestMs = Math.min(clock.nowMs(), archivedToMs) - rawKeptMs
  const ended = (await archive.holdings()).filter(({ hour }) => endMs(hour) < oldestMs)
  if (ended.length === 0) return 0
  const noted = await auditsOf(rollups, ended[0]!.hour, ended.at(-1)!.hour + 1)
  const isUnsure = (hour: number) => noted.get(hour)?.isPurgeUnsure === true
  const due = ended
    .filter(({ hour, archivedMs }) => archivedMs < oldestMs || isUnsure(hour))
    .filter((holding) => isRecounted(holding, noted.get(holding.hour)))
    .map(({ hour }) => hour)
  if (due.length === 0) return 0
  const [purging, whole] = partition(due, (hour) => noted.get(hour)!.purged)
  const [unsure, begun] = partition(purging, isUnsure)
  const keptFrom = minuteOf(clock.nowMs() - hoursKeptMs)
  const [past, worth] = partition(whole.slice(0, HOURS_PURGED_MAX), (hour) => hour < keptFrom)
  const rolledUp =
    worth.length === 0 ? [] : await archive.rollUpDimensions({ ...what, valuesMax, hours: worth })
  const isAsNoted = async () => {
    const marks = new Map((await archive.holdings()).map(({ hour, mark }) => [hour, mark]))
    return (hour: number) => marks.get(hour) === noted.get(hour)!.mark
  }
  const note = (hours: readonly number[], as: PurgeNote) =>
    rollups.writeHours(
      hours.map((hour) => {
        const { isPurgeUnsure: _, ...audit } = noted.get(hour)!
        return { ...audit, ...as }
      }),
    )
  const unchanged = [...past, ...rolledUp].filter(await isAsNoted())
  await note(unchanged, { purged: true, isPurgeUnsure: true, version })
  // What is imported after this look finds the note: see imports.ts.
  const [stay, changed] = partition([...unsure, ...unchanged], await isAsNoted())
  await note(changed, { purged: false, version: version + 1 })
  await note([...begun, ...stay], { purged: true, version: version + 1 })
  const going = [...begun, ...stay]
  await archive.purge(going)
  await archive.dropDimensions(keptFrom)
  return going.length
}

/**
 * Hours of a day wait until raw events of some hundred thousand events are theirs together, or all of the day is closed
 * and its small raw files are merged, which changes them once more: each hour by itself would take twice the time.
 * Until then questions read few raw events more.
 */
function ripe(due: readonly Holding[], closedToMs: number): readonly Holding[] {
  return Array.from(Map.groupBy(due, ({ hour }) => dayOf(hour))).flatMap(([day, ofDay]) => {
    const isOver = (day + MINUTES_PER_DAY) * MINUTE_MS + HOUR_MS <= closedToMs
    return isOver || bytesOf(ofDay) >= FEW_RAW_BYTES ? ofDay : []
  })
}

/** The last hours that have so many bytes together; at least one. */
function newest(holdings: readonly Holding[], bytesMax: number): number[] {
  const hours: number[] = []
  let left = bytesMax
  for (const { hour, bytes } of holdings.toReversed()) {
    left -= bytes
    if (left < 0 && hours.length > 0) break
    hours.push(hour)
  }
  return hours
}

/** By hour, of those that begin in [from, to). */
async function auditsOf(
  rollups: RollupReader,
  from: number,
  to: number,
): Promise<ReadonlyMap<number, HourAudit>> {
  return new Map((await rollups.readHours(from, to)).map((audit) => [audit.hour, audit]))
}

type PurgeNote = Pick<HourAudit, 'purged' | 'isPurgeUnsure' | 'version'>

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))]
}

function isRecounted({ mark }: Holding, audit: HourAudit | undefined): boolean {
  if (audit === undefined) return false
  const asItStands = audit.mark === mark && audit.missing.length === 0
  return audit.purged || (asItStands && isClosed(audit.hour, audit.beforeMinute))
}

function endMs(hour: number): number {
  return (hour + MINUTES_PER_HOUR) * MINUTE_MS
}
