// One number about those events of a video, a channel or the whole site that have some values of their attributes:
// what is held ▸ periods ▸ count ▸ number. It is what a breakdown by these values adds up to at the same moment.
import { minuteText } from '../../../lib/time-text.ts'
import { EMPTY, sumOf } from '../../../model/total.ts'
import { evaluate } from '../../query/answer/evaluate.ts'
import { vouchedFrom } from '../../query/answer/meta.ts'
import type { FilteredQuestion } from '../../query/question/questions.ts'
import { pointsOf, type TotalAnswer } from '../../query/stats.ts'
import type { HowFarArchived } from '../archiving/archived.ts'
import { archivedMeta } from './archived-meta.ts'
import type { BreakdownDeps } from './breakdown.ts'
import { whileHeld } from './held.ts'
import { countPeriods, firstEvent, type HeldRows, heldSpans } from './held-periods.ts'

export type AskedFiltered = FilteredQuestion & {
  /** Null: all of the tenant. */
  readonly videoIds: readonly string[] | null
}

/** Of one type; a series may be as long as a question allows. */
const ONE_ROW: HeldRows = {
  rowsOf: 'type',
  rowsMax: 1,
  order: { by: 'count', isDescending: true },
  fault: () => null,
}

/** Without a start it begins with the first such event. Fails as `getArchiveQuery` does. */
export async function getFilteredTotal(
  deps: BreakdownDeps,
  tenant: string,
  { eventType, fn, range: asked, series, where, videoIds }: AskedFiltered,
  archived: HowFarArchived,
  signal: AbortSignal,
): Promise<TotalAnswer> {
  const scope = { tenant, videoIds, types: [eventType], where }
  const { granularity = null, timeZone = null } = series ?? {}
  const question = { range: asked, cursor: null, granularity, timeZone, isCompared: false }
  const vouched = vouchedFrom(asked, await deps.vouched())
  const coverage = await deps.rollups.readReconciled()
  const counted = await whileHeld(deps, { ...scope, by: null }, asked, signal, async (held) => {
    const firstMinute = asked.from ?? (await firstEvent(deps, scope, held, asked.to, signal))
    const spans = heldSpans(question, { ...held, firstMinute })
    return { held, spans, found: await countPeriods(deps, scope, ONE_ROW, held, spans, signal) }
  })
  const { range, slots, coarse } = counted.spans.current
  const sums = counted.found.rows[0]?.sums ?? slots.map(() => EMPTY)
  return {
    ...{ eventType, function: fn },
    startTime: minuteText(range.from),
    endTime: minuteText(range.to),
    value: evaluate(fn, sumOf(sums), range),
    ...(series !== null && { series: pointsOf(fn, slots, sums) }),
    meta: archivedMeta({ ...counted, range, coarse, vouched }, archived, coverage, deps.inTime),
  }
}
