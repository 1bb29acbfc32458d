// Takes a video that is removed out of the totals of its site in hours that are purged: no recount adds these up again,
// but what is kept of them by attributes tells every other video. The quarters of such an hour are not known any more.
import { AUTOMATED } from '../../../model/automated.ts'
import { MINUTES_PER_DAY, MINUTES_PER_HOUR, type Series } from '../../../model/bucket.ts'
import { siteOf } from '../../../model/site.ts'
import { type Aggregate, EMPTY } from '../../../model/total.ts'
import type { InTime } from '../../../stores/archive/archive.ts'
import type { BreakdownReader, EventScope, PeriodsQuestion } from '../../../stores/archive/breakdowns.ts'
import type { RollupReader, RollupRow, RollupWriter } from '../../../stores/counts/rollups.ts'
import { rollUp } from '../recount/recount-share.ts'

export type SitePorts = {
  readonly archive: Pick<BreakdownReader, 'periods' | 'rolledUpHours'>
  readonly rollups: RollupReader & RollupWriter
  readonly forget: (series: readonly Series[]) => Promise<void>
}

type Removed = { readonly tenant: string; readonly videoId: string; readonly beforeMinute: number }

/** What is looked at together. */
const MINUTES_TOGETHER = 31 * MINUTES_PER_DAY
const NEVER = new AbortController().signal

/**
 * To be called before the archive forgets the video, and again after a crash: what is written is absolute. Hours that
 * an earlier release purged, or whose files are damaged, keep their totals. Fails with the errors of the ports.
 */
export async function clearSites(
  { archive, rollups, forget }: SitePorts,
  inTime: InTime,
  removed: Removed,
  version: number,
): Promise<void> {
  const { tenant, videoId, beforeMinute } = removed
  const types = await rollups.rollupTypes(tenant, siteOf(tenant, '').videoId)
  const hours = await archive.rolledUpHours(AUTOMATED, 0, beforeMinute)
  if (types.length === 0) return
  for (let from = hours[0] ?? beforeMinute; from < beforeMinute; from += MINUTES_TOGETHER) {
    const to = Math.min(from + MINUTES_TOGETHER, beforeMinute)
    const audits = await rollups.readHours(from, to)
    const purged = new Set(audits.filter((audit) => audit.purged).map(({ hour }) => hour))
    const known = hours.filter((hour) => purged.has(hour))
    const count = (what: Pick<EventScope, 'videoIds' | 'removed'>, some: readonly number[]) =>
      countsOf(archive, { ...inTime, scope: { tenant, types, ...what } }, some)
    const ofVideo = await count({ videoIds: [videoId] }, known)
    const concerned = known.filter((hour) => ofVideo.has(hour))
    const left = await count({ videoIds: null, removed: [removed] }, concerned)
    const rows = concerned.flatMap((start): RollupRow[] =>
      Array.from(ofVideo.get(start)!.keys(), (type) => {
        const aggregate = left.get(start)?.get(type) ?? EMPTY
        return { series: siteOf(tenant, type), start, aggregate }
      }),
    )
    if (rows.length === 0) continue
    await rollUp(rollups, version, rows)
    await forget(types.map((type) => siteOf(tenant, type)))
  }
}

type Counts = ReadonlyMap<number, ReadonlyMap<string, Aggregate>>

/** By hour and type, where there are events; hours that cannot be read are left out. */
async function countsOf(
  archive: SitePorts['archive'],
  question: Pick<PeriodsQuestion, keyof InTime | 'scope'>,
  hours: readonly number[],
): Promise<Counts> {
  const counts = new Map<number, Map<string, Aggregate>>()
  if (hours.length === 0) return counts
  const [from, to] = [hours[0]!, hours.at(-1)! + MINUTES_PER_HOUR]
  const starts = Array.from({ length: (to - from) / MINUTES_PER_HOUR }, (_, i) => from + i * MINUTES_PER_HOUR)
  const { rows, unreadableHours } = await archive.periods(
    {
      ...question,
      ...{ from, to, starts, rankedFrom: 0, rowsOf: 'type', rowsMax: question.scope.types.length },
      order: { by: 'count', isDescending: true },
      rolledUp: { by: AUTOMATED, hours },
    },
    NEVER,
  )
  for (const { value: type, sums } of rows)
    for (const hour of hours) {
      const aggregate = sums[(hour - from) / MINUTES_PER_HOUR]!
      if (aggregate.count === 0 || unreadableHours.includes(hour)) continue
      counts.getOrInsertComputed(hour, () => new Map<string, Aggregate>()).set(type, aggregate)
    }
  return counts
}
