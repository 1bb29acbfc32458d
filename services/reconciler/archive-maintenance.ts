// Maintenance of the archive around the recounts: small files of closed hours are merged before their recount, and
// old raw events that are recounted are purged.

import type { Clock } from '../../lib/clock.ts'
import { MINUTE_MS, MINUTES_PER_HOUR } from '../../model/bucket.ts'
import type { Archive, ArchiveKeeper, Holding } from '../../stores/archive/archive.ts'
import type { DimensionKeeper, HoursToRollUp } from '../../stores/archive/breakdowns.ts'
import type { HourAudit, RollupReader, RollupWriter } from '../../stores/counts/rollups.ts'
import { isClosed } from './due-hours.ts'

export type KeepingPorts = {
  readonly archive: Pick<Archive, 'holdings'> & Pick<ArchiveKeeper, 'purge'> & DimensionKeeper
  readonly rollups: RollupReader & RollupWriter
  readonly clock: Clock
}

export type KeepingSettings = Pick<HoursToRollUp, 'horizonMs' | 'aheadMs' | 'dimensions'> & {
  /** Raw events older than this are purged once they are recounted. */
  readonly rawKeptMs: number
  /** Of a series in an hour so many values of each attribute are kept apart. */
  readonly dimensionValuesMax: number
  /** How long hours are kept by attributes. */
  readonly hoursKeptMs: number
}

/** Hours that a run begins to purge: they are counted once more, and the next run must not wait long. */
const HOURS_PURGED_MAX = 12

/**
 * Purges whole hours whose events and files are older than `rawKeptMs` and whose current files are recounted. What
 * they hold by attributes is kept first; an hour that gets events meanwhile stays. The purge is noted before it
 * begins: a half-purged hour must neither be recounted nor rolled up. Returns how many were purged.
 */
export async function purgeOld(
  { archive, rollups, clock }: KeepingPorts,
  settings: KeepingSettings,
  version: number,
): Promise<number> {
  const { rawKeptMs, dimensionValuesMax: valuesMax, hoursKeptMs, ...what } = settings
  const oldestMs = clock.nowMs() - rawKeptMs
  const old = (await archive.holdings()).filter(
    ({ hour, archivedMs }) => endMs(hour) < oldestMs && archivedMs < oldestMs,
  )
  if (old.length === 0) return 0
  const audits = await rollups.readHours(old[0]!.hour, old.at(-1)!.hour + 1)
  const noted = new Map(audits.map((audit) => [audit.hour, audit]))
  const due = old.filter((holding) => isRecounted(holding, noted.get(holding.hour))).map(({ hour }) => hour)
  if (due.length === 0) return 0
  const [begun, whole] = partition(due, (hour) => noted.get(hour)!.purged)
  const keptFrom = Math.floor((clock.nowMs() - hoursKeptMs) / MINUTE_MS)
  const [past, worth] = partition(whole.slice(0, HOURS_PURGED_MAX), (hour) => hour < keptFrom)
  const rolledUp =
    worth.length === 0 ? [] : await archive.rollUpDimensions({ ...what, valuesMax, hours: worth })
  const marks = new Map((await archive.holdings()).map(({ hour, mark }) => [hour, mark]))
  const unchanged = [...past, ...rolledUp].filter((hour) => marks.get(hour) === noted.get(hour)!.mark)
  const going = [...begun, ...unchanged]
  await rollups.writeHours(going.map((hour) => ({ ...noted.get(hour)!, purged: true, version })))
  await archive.purge(going)
  await archive.dropDimensions(keptFrom)
  return going.length
}

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
