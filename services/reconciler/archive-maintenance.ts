// Maintenance of the archive around the recounts: small files of closed hours are merged before their recount, and
// old raw events that are recounted are purged.

import type { Clock } from '../../lib/clock.ts'
import { MINUTE_MS, MINUTES_PER_HOUR } from '../../model/bucket.ts'
import type { Archive, ArchiveKeeper, Holding } from '../../stores/archive/archive.ts'
import type { HourAudit, RollupReader, RollupWriter } from '../../stores/counts/rollups.ts'
import { isClosed } from './due-hours.ts'

export type KeepingPorts = {
  readonly archive: Pick<Archive, 'holdings'> & Pick<ArchiveKeeper, 'purge'>
  readonly rollups: RollupReader & RollupWriter
  readonly clock: Clock
}

/**
 * Purges whole hours whose events and files are older than `rawKeptMs` and whose current files are recounted. The
 * purge is noted first: a half-purged hour must not be recounted. Returns how many were purged.
 */
export async function purgeOld(
  { archive, rollups, clock }: KeepingPorts,
  rawKeptMs: number,
  version: number,
): Promise<number> {
  const oldestMs = clock.nowMs() - rawKeptMs
  const old = (await archive.holdings()).filter(
    ({ hour, archivedMs }) => endMs(hour) < oldestMs && archivedMs < oldestMs,
  )
  if (old.length === 0) return 0
  const audits = await rollups.readHours(old[0]!.hour, old.at(-1)!.hour + 1)
  const noted = new Map(audits.map((audit) => [audit.hour, audit]))
  const going = old.filter((holding) => isRecounted(holding, noted.get(holding.hour)))
  if (going.length === 0) return 0
  const marked = going.map(({ hour }) => ({ ...noted.get(hour)!, purged: true, version }))
  await rollups.writeHours(marked)
  await archive.purge(going.map(({ hour }) => hour))
  return going.length
}

function isRecounted({ mark }: Holding, audit: HourAudit | undefined): boolean {
  if (audit === undefined) return false
  const asItStands = audit.mark === mark && audit.missing.length === 0
  return audit.purged || (asItStands && isClosed(audit.hour, audit.beforeMinute))
}

function endMs(hour: number): number {
  return (hour + MINUTES_PER_HOUR) * MINUTE_MS
}
