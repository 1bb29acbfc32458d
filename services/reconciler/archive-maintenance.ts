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
  /** Raw events older than this are purged once they are recounted: longer than the front door takes late ones. */
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
  const isAsNoted = async () => {
    const marks = new Map((await archive.holdings()).map(({ hour, mark }) => [hour, mark]))
    return (hour: number) => marks.get(hour) === noted.get(hour)!.mark
  }
  const unchanged = [...past, ...rolledUp].filter(await isAsNoted())
  const note = (hours: readonly number[], as: Pick<HourAudit, 'purged' | 'version'>) =>
    rollups.writeHours(hours.map((hour) => ({ ...noted.get(hour)!, ...as })))
  await note([...begun, ...unchanged], { purged: true, version })
  // What is imported after this look finds the note: see imports.ts.
  const [stay, changed] = partition(unchanged, await isAsNoted())
  if (changed.length > 0) await note(changed, { purged: false, version: version + 1 })
  const going = [...begun, ...stay]
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
