// Removes a video's counts before a minute without deleting rows (law 9): minutes get corrections that make their sum
// zero, hours and days get newer empty rollups. Repeating it only affects rows that arrived since.

import type { Clock } from '../../../lib/clock.ts'
import { dayOf, hourOf, MINUTES_PER_DAY, MINUTES_PER_HOUR, type Series } from '../../../model/bucket.ts'
import { type Aggregate, add, EMPTY, isSame, sumOf } from '../../../model/total.ts'
import {
  BATCH_SOURCE,
  type CountAudit,
  type CountReader,
  type CountWriter,
} from '../../../stores/counts/counts.ts'
import type { RollupReader, RollupResolution, RollupWriter } from '../../../stores/counts/rollups.ts'

export type ClearingPorts = {
  readonly counts: Pick<CountReader, 'types' | 'firstMinute'> & CountAudit & Pick<CountWriter, 'write'>
  readonly rollups: RollupReader & RollupWriter
  readonly forget: (series: readonly Series[]) => Promise<void>
  readonly clock: Clock
}

/** The range of rollups that is read at once. */
const HOURS_READ_MAX = 400 * MINUTES_PER_DAY

/**
 * To be called again until the minutes are closed, because the stream may still add to them. Fails with the errors of
 * the ports.
 */
export async function clearCounts(
  ports: ClearingPorts,
  tenant: string,
  videoId: string,
  before: number,
): Promise<void> {
  const { counts, rollups } = ports
  const version = await versionAfter(ports)
  const known = [await counts.types(tenant, videoId), await rollups.rollupTypes(tenant, videoId)]
  const changed: Series[] = []
  for (const type of new Set(known.flat())) {
    const series = { tenant, videoId, type }
    const minutes = await clearMinutes(ports, series, before, version)
    const rolled = await clearRollups(ports, series, before, version)
    if (minutes || rolled) changed.push(series)
  }
  if (changed.length > 0) await ports.forget(changed)
}

/** A version of rollups above that of all that is written. */
export async function versionAfter({ rollups, clock }: Pick<ClearingPorts, 'rollups' | 'clock'>) {
  return Math.max(clock.nowMs(), ((await rollups.readReconciled())?.version ?? 0) + 1)
}

/** Returns whether there was anything to clear, as clearRollups does. */
async function clearMinutes(
  { counts }: ClearingPorts,
  series: Series,
  before: number,
  version: number,
): Promise<boolean> {
  const first = await counts.firstMinute(series)
  if (first === null) return false
  let found = false
  for (let from = dayOf(first); from < before; from += MINUTES_PER_DAY) {
    const to = Math.min(from + MINUTES_PER_DAY, before)
    const held = await counts.heldMinutes(series, from, to)
    const left = held.filter(({ stream, batch }) => isCounted(add(stream, batch ?? EMPTY)))
    if (left.length === 0) continue
    const rows = left.map(({ minute, stream }) => ({
      bucket: { ...series, minute },
      total: { ...negated(stream), upTo: version },
    }))
    const refused = await counts.write(BATCH_SOURCE, rows)
    if (refused.length > 0) throw new Error(`a correction was refused: ${refused[0]!.reason}`)
    found = true
  }
  return found
}

/** Clears hours and days that end before the minute; a day that ends later keeps the sum of its later hours. */
async function clearRollups(
  { rollups }: ClearingPorts,
  series: Series,
  before: number,
  version: number,
): Promise<boolean> {
  const first = await rollups.firstRollup(series)
  if (first === null) return false
  let found = false
  const clear = async (resolution: RollupResolution, from: number, to: number, rest: Aggregate) => {
    const { periods, stale } = await rollups.readRollups(series, { resolution, from, to })
    if (stale) throw new Error('the rollups of a video could not be read in full')
    const wrong = periods.filter(({ aggregate }) => !isSame(aggregate, rest))
    const rows = wrong.map(({ start }) => ({ series, start, aggregate: rest }))
    if (rows.length > 0) await rollups.writeRollups(resolution, version, rows)
    found ||= rows.length > 0
  }
  const day = dayOf(before)
  for (let from = dayOf(first); from < before; from += HOURS_READ_MAX) {
    const end = from + HOURS_READ_MAX
    await clear('hour', from, Math.min(end, hourOf(before)), EMPTY)
    await clear('day', from, Math.min(end, day), EMPTY)
  }
  const hours = await rollups.readRollups(series, {
    resolution: 'hour',
    from: hourOf(before),
    to: day + MINUTES_PER_DAY,
  })
  await clear('day', day, day + MINUTES_PER_HOUR, sumOf(hours.periods.map(({ aggregate }) => aggregate)))
  return found
}

function isCounted({ count, values, sum }: Aggregate): boolean {
  return count !== 0 || values !== 0 || sum !== 0n
}

function negated({ count, values, sum }: Aggregate): Aggregate {
  return { ...EMPTY, count: -count, values: -values, sum: -sum }
}
