// Breaks one number about a video down by an attribute of its events: what is held ▸ count ▸ answer. Nothing is counted
// before somebody asks, so it costs the stream nothing: it is counted from raw events, and from rollups of hours whose
// raw events are purged. The rows add up to the total of the same moment.
import { invalidRequest } from '../../lib/http/parameters.ts'
import { asOfText, minuteText } from '../../lib/time-text.ts'
import { hourOf, MINUTE_MS, MINUTES_PER_DAY, MINUTES_PER_HOUR, type Series } from '../../model/bucket.ts'
import { isCovered } from '../../model/coverage.ts'
import { type Aggregate, add, EMPTY } from '../../model/total.ts'
import type {
  Breakdown,
  BreakdownOrder,
  BreakdownQuestion,
  BreakdownReader,
} from '../../stores/archive/breakdowns.ts'
import type { HourAudit, RollupReader } from '../../stores/counts/rollups.ts'
import { evaluate, type Value } from '../query/evaluate.ts'
import type { Meta } from '../query/meta.ts'
import type { AskedRange } from '../query/range.ts'
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
type BreakdownRow = { readonly [field: string]: Value | string | true }

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
 * `archived` was known before the call. Fails with ProblemError `invalid-request` if nothing is kept of the beginning
 * of the range, with the errors of the stores, and when aborted.
 */
export async function getBreakdown(
  deps: BreakdownDeps,
  tenant: string,
  asked: AskedBreakdown,
  archived: HowFarArchived,
  signal: AbortSignal,
): Promise<BreakdownAnswer> {
  const { videoId, eventType, fn, by } = asked
  const series = { tenant, videoId, type: eventType }
  const coverage = await deps.rollups.readReconciled()
  const { held, range, found } = await countWhatIsHeld(deps, series, asked, signal)
  const isWhole = held.isWhole && found.unreadableHours.length === 0
  const isInArchive = range.from >= completeFrom(archived.missingBeforeMs, deps.inTime)
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

/** Counts again if raw events were purged meanwhile. */
async function countWhatIsHeld(
  deps: BreakdownDeps,
  series: Series,
  { by, fn: orderBy, range: asked, rowsMax }: AskedBreakdown,
  signal: AbortSignal,
) {
  for (;;) {
    const held = await heldOf(deps, series, by, asked)
    if (asked.from !== null && held.from > asked.from) throw expired(held.from)
    const whole = widened({ from: held.from, to: asked.to }, held.rolledUpHours)
    const from = Math.min(Math.max(whole.from, (await deps.removals(whole.from))(series)), whole.to)
    const rolledUpHours = held.rolledUpHours.filter((hour) => hour + MINUTES_PER_HOUR > from)
    const { tenant, videoId, type } = series
    const scope = { tenant, videoIds: [videoId], types: [type] }
    const question = { ...deps.inTime, scope, from, to: whole.to, by, orderBy, rowsMax, rolledUpHours }
    const found = await deps.archive.breakdown(question, signal)
    const start = asked.from !== null || held.from > 0 ? whole.from : (found.firstMinute ?? whole.to)
    const range = { from: Math.min(start, whole.to), to: whole.to }
    if (isSame(held, await heldOf(deps, series, by, asked))) return { held, range, found }
    signal.throwIfAborted()
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

type Held = {
  /** Before this minute some of what was counted is neither kept as raw events nor rolled up. */
  readonly from: number
  /** Hours of which only rollups are left, in order. */
  readonly rolledUpHours: readonly number[]
  /** Nothing that was counted is missing. */
  readonly isWhole: boolean
}

/** Hours before the first counted one hold nothing that could be lost. */
async function heldOf(
  { archive, rollups, firstMinute }: BreakdownDeps,
  series: Series,
  by: string,
  asked: AskedRange,
): Promise<Held> {
  const from = asked.from ?? 0
  const least = hourOf(Math.max(from, (await firstMinute(series)) ?? asked.to))
  const audits = await auditsOf(rollups, { from: least, to: asked.to })
  const purged = audits.filter((audit) => audit.purged).map(({ hour }) => hour)
  const kept = purged.length === 0 ? [] : await archive.rolledUpHours(by, purged[0]!, asked.to)
  const isKept = new Set(kept)
  const lost = purged.findLast((hour) => !isKept.has(hour))
  const isHeld = (hour: number) => lost === undefined || hour > lost
  return {
    from: lost === undefined ? from : lost + MINUTES_PER_HOUR,
    rolledUpHours: purged.filter(isHeld),
    isWhole: audits.every(({ hour, missing }) => !isHeld(hour) || missing.length === 0),
  }
}

async function auditsOf(rollups: BreakdownDeps['rollups'], { from, to }: MinuteRange): Promise<HourAudit[]> {
  const audits: HourAudit[] = []
  for (let at = from; at < to; at += AUDITED_TOGETHER) {
    audits.push(...(await rollups.readHours(at, Math.min(at + AUDITED_TOGETHER, to))))
  }
  return audits
}

/** Of hours that are rolled up the range has all minutes. */
function widened({ from, to }: MinuteRange, rolledUpHours: readonly number[]): MinuteRange {
  const end = hourOf(to - 1)
  return {
    from: rolledUpHours.includes(hourOf(from)) ? hourOf(from) : from,
    to: rolledUpHours.includes(end) ? end + MINUTES_PER_HOUR : to,
  }
}

function isSame(a: Held, b: Held): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function expired(heldFrom: number): Error {
  const detail =
    `startTime must be ${minuteText(heldFrom)} or later: breakdowns are counted from raw events and from what is ` +
    'kept of them by this attribute, and there is nothing left from before.'
  return invalidRequest([{ parameter: 'startTime', code: 'resolution_expired', detail }])
}
