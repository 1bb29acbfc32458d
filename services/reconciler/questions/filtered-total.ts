// One number about those events of a video, a channel or the whole site that have some values of their attributes:
// what is held ▸ periods ▸ count ▸ number. It is what a breakdown by these values adds up to at the same moment.
import { minuteText } from '../../../lib/time-text.ts'
import { EMPTY, sumOf } from '../../../model/total.ts'
import type { EventScope } from '../../../stores/archive/breakdowns.ts'
import { evaluate } from '../../query/answer/evaluate.ts'
import { vouchedFrom } from '../../query/answer/meta.ts'
import type { FilteredQuestion } from '../../query/question/questions.ts'
import { pointsOf, type TotalAnswer } from '../../query/stats.ts'
import type { HowFarArchived } from '../archiving/archived.ts'
import { archivedMeta } from './archived-meta.ts'
import { type BreakdownDeps, removedOf } from './breakdown.ts'
import { type Held, whileHeld } from './held.ts'
import { countPeriods, heldSpans } from './query-by-attribute.ts'

export type AskedFiltered = FilteredQuestion & {
  /** Null: all of the tenant. */
  readonly videoIds: readonly string[] | null
}

/** Without a start it begins with the first such event. Fails as `getQueryByAttribute` does. */
export async function getFilteredTotal(
  deps: BreakdownDeps,
  tenant: string,
  { eventType, fn, range: asked, series, where, videoIds }: AskedFiltered,
  archived: HowFarArchived,
  signal: AbortSignal,
): Promise<TotalAnswer> {
  // Rows by a filtered attribute are few, and are wanted as one.
  const rows = { by: Object.keys(where)[0]!, limit: 0, order: null, functions: [fn] }
  const scope = { tenant, videoIds, types: [eventType], where }
  const { granularity = null, timeZone = null } = series ?? {}
  const question = { range: asked, cursor: null, granularity, timeZone, isCompared: false }
  const vouched = vouchedFrom(asked, await deps.vouched())
  const coverage = await deps.rollups.readReconciled()
  const counted = await whileHeld(deps, { ...scope, by: rows.by }, asked, signal, async (held) => {
    const firstMinute = asked.from ?? (await firstEvent(deps, scope, rows.by, held, asked.to, signal))
    const spans = heldSpans(question, { ...held, firstMinute })
    return { held, spans, found: await countPeriods(deps, scope, rows, held, spans, signal) }
  })
  const { range, slots, coarse } = counted.spans.current
  const sums = counted.found.other ?? slots.map(() => EMPTY)
  return {
    ...{ eventType, function: fn },
    startTime: minuteText(range.from),
    endTime: minuteText(range.to),
    value: evaluate(fn, sumOf(sums), range),
    ...(series !== null && { series: pointsOf(fn, slots, sums) }),
    meta: archivedMeta({ ...counted, range, coarse, vouched }, archived, coverage, deps.inTime),
  }
}

/** Its minute, or its hour where nothing finer is held; null if there is none. */
async function firstEvent(
  deps: BreakdownDeps,
  scope: EventScope,
  by: string,
  { lostBefore: from, rolledUpHours }: Held,
  to: number,
  signal: AbortSignal,
): Promise<number | null> {
  const removed = await removedOf(deps, scope, from)
  const { inTime, archive } = deps
  const rows = { by, orderBy: 'count', rowsMax: 0, rolledUpHours } as const
  const asked = { ...inTime, scope: { ...scope, removed }, from, to, ...rows }
  return (await archive.breakdown(asked, signal)).firstMinute
}
