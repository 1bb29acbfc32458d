// Breaks one number about a video down by an attribute of its events. It is counted from the raw events at the moment,
// so it costs counting nothing: how far ▸ what is still held ▸ count ▸ answer. The rows add up to the total of the same
// moment.
import { invalidRequest } from '../../lib/http/parameters.ts'
import { asOfText, minuteText } from '../../lib/time-text.ts'
import { MINUTE_MS, MINUTES_PER_DAY, MINUTES_PER_HOUR, type Series } from '../../model/bucket.ts'
import { isCovered } from '../../model/coverage.ts'
import { type Aggregate, add, EMPTY } from '../../model/total.ts'
import type {
  Breakdown,
  BreakdownOrder,
  BreakdownQuestion,
  BreakdownReader,
} from '../../stores/archive/breakdowns.ts'
import type { RollupReader } from '../../stores/counts/rollups.ts'
import { evaluate, type Value } from '../query/evaluate.ts'
import type { Meta } from '../query/meta.ts'
import type { MinuteRange } from '../query/vocabulary.ts'
import type { Removals } from './admin-acts.ts'
import type { HowFarArchived } from './archived.ts'
import type { AskedBreakdown } from './breakdown-question.ts'
import { completeFrom } from './due-hours.ts'

export type BreakdownDeps = {
  readonly archive: BreakdownReader
  /** The window in which the stream counts events. */
  readonly inTime: Pick<BreakdownQuestion, 'horizonMs' | 'aheadMs'>
  readonly rollups: Pick<RollupReader, 'readHours' | 'readReconciled'>
  /** The first counted minute of a series. */
  readonly firstMinute: (series: Series) => Promise<number | null>
  /** Removals of videos that affect minutes from the given one on. */
  readonly removals: (fromMinute: number) => Promise<Removals>
}

/** The value of the dimension under its name, the number under `value`; `isOther` where it is of the rest. */
export type BreakdownRow = { readonly [field: string]: Value | string | true }

export type BreakdownAnswer = {
  readonly videoId: string
  readonly eventType: string
  readonly function: BreakdownOrder
  readonly by: string
  readonly startTime: string
  readonly endTime: string
  readonly total: Value
  readonly rows: readonly BreakdownRow[]
  readonly meta: Meta
}

/** What the row of all values beyond the bound is called. */
const OTHER = 'other'
/** Audits of hours are read in parts of this many minutes. */
const AUDITED_TOGETHER = 31 * MINUTES_PER_DAY

/**
 * `archived` was known before the call. Fails with ProblemError `invalid-request` if raw events of the range are no
 * longer kept, with the errors of the stores, and when aborted.
 */
export async function getBreakdown(
  deps: BreakdownDeps,
  tenant: string,
  { videoId, eventType, fn, by, range: asked, rowsMax }: AskedBreakdown,
  archived: HowFarArchived,
  signal: AbortSignal,
): Promise<BreakdownAnswer> {
  const series = { tenant, videoId, type: eventType }
  const held = await heldOf(deps, series, { from: asked.from ?? 0, to: asked.to })
  if (asked.from !== null && held.from > asked.from) throw expired(held.from)
  const removals = await deps.removals(held.from)
  const from = Math.min(Math.max(held.from, removals(series)), asked.to)
  const question = { ...deps.inTime, series, from, to: asked.to, by, orderBy: fn, rowsMax }
  const coverage = await deps.rollups.readReconciled()
  const found = await deps.archive.breakdown(question, signal)
  const start = asked.from ?? Math.min(held.from > 0 ? held.from : (found.firstMinute ?? asked.to), asked.to)
  const range = { from: start, to: asked.to }
  const isWhole = held.isWhole && found.unreadableHours.length === 0
  const isInArchive = start >= completeFrom(archived.missingBeforeMs, deps.inTime)
  return {
    ...{ videoId, eventType, function: fn, by },
    startTime: minuteText(range.from),
    endTime: minuteText(range.to),
    ...numbersOf(found, by, fn, range),
    meta: {
      asOf: asOfText(archived.asOfMs),
      complete: isWhole && isInArchive && archived.asOfMs >= range.to * MINUTE_MS,
      reconciled: isCovered(coverage, range.from, range.to),
      stale: false,
    },
  }
}

function numbersOf(
  { rows, other }: Breakdown,
  by: string,
  fn: BreakdownOrder,
  range: MinuteRange,
): Pick<BreakdownAnswer, 'total' | 'rows'> {
  const numberOf = (aggregate: Aggregate) => evaluate(fn, aggregate, range)
  const shown: BreakdownRow[] = rows.map((row) => ({ [by]: row.value, value: numberOf(row.aggregate) }))
  if (other !== null) shown.push({ [by]: OTHER, value: numberOf(other), isOther: true })
  const all = rows.reduce((sum, { aggregate }) => add(sum, aggregate), other ?? EMPTY)
  return { total: numberOf(all), rows: shown }
}

/**
 * From when on the archive holds the raw events of a range, and whether it lacks some of what was counted. Hours
 * before the first counted one hold none, so nothing can be lost there.
 */
async function heldOf(
  { rollups, firstMinute }: BreakdownDeps,
  series: Series,
  { from, to }: MinuteRange,
): Promise<{ readonly from: number; readonly isWhole: boolean }> {
  const least = Math.max(from, (await firstMinute(series)) ?? to)
  let isWhole = true
  for (let end = to; end > least; end -= AUDITED_TOGETHER) {
    const start = Math.max(least - MINUTES_PER_HOUR + 1, end - AUDITED_TOGETHER)
    const audits = await rollups.readHours(start, end)
    const purged = audits.findLast((audit) => audit.purged)
    const since = audits.filter(({ hour }) => hour > (purged?.hour ?? 0))
    if (since.some(({ missing }) => missing.length > 0)) isWhole = false
    if (purged !== undefined) return { from: purged.hour + MINUTES_PER_HOUR, isWhole }
  }
  return { from, isWhole }
}

function expired(heldFrom: number): Error {
  const detail =
    `startTime must be ${minuteText(heldFrom)} or later: breakdowns are counted from raw events, and those before ` +
    'are no longer kept.'
  return invalidRequest([{ parameter: 'startTime', code: 'resolution_expired', detail }])
}
