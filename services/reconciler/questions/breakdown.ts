// Breaks one number about a video, a channel or the whole site down by an attribute of its events: what is held ▸ count
// ▸ answer. Nothing is counted before somebody asks, so it costs the stream nothing: it is counted from raw events, and
// from rollups of hours whose raw events are purged. The rows add up to the total of the same moment.

import { minuteText } from '../../../lib/time-text.ts'
import { hourOf, MINUTES_PER_HOUR } from '../../../model/bucket.ts'
import { type Aggregate, add, EMPTY } from '../../../model/total.ts'
import type { InTime } from '../../../stores/archive/archive.ts'
import type {
  Breakdown,
  BreakdownOrder,
  BreakdownQuestion,
  BreakdownReader,
  EventScope,
} from '../../../stores/archive/breakdowns.ts'
import { evaluate, type Value } from '../../query/answer/evaluate.ts'
import { type Meta, vouchedFrom } from '../../query/answer/meta.ts'
import type { Vouched } from '../../query/deps.ts'
import type { MinuteRange } from '../../query/question/vocabulary.ts'
import type { VideoFields } from '../../query/videos/video-form.ts'
import type { HowFarArchived } from '../archiving/archived.ts'
import type { Removals } from '../operators/admin-acts.ts'
import { archivedMeta } from './archived-meta.ts'
import { type AskedBreakdown, BY_VIDEO } from './breakdown-question.ts'
import { expired, type Held, type HeldDeps, hidingHours, type Subject, settledIn, whileHeld } from './held.ts'

export type BreakdownDeps = HeldDeps & {
  readonly archive: BreakdownReader
  /** The window in which the stream counts events. */
  readonly inTime: InTime
  /** Removals of videos that affect minutes from the given one on. */
  readonly removals: (fromMinute: number) => Promise<Removals>
  /** What answers may call complete where counts were lost; null: all. */
  readonly vouched: () => Promise<Vouched | null>
}

/**
 * The value of the dimension under its name, or the id of a video with what is known of it, and the number under
 * `value`; `isOther` where it is of the rest, and `hidingHours` where that may hold events of the other rows.
 */
export type BreakdownRow = { readonly [field: string]: Value | string | number | true | VideoFields }

export type BreakdownAnswer = {
  /** What it is about; neither: the whole site. */
  readonly videoId?: string
  readonly channelId?: string
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
export const OTHER = 'other'

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
  const { about, videoIds, eventType, fn, by, where } = asked
  const scope = { tenant, videoIds, types: [eventType], where }
  const vouched = vouchedFrom(asked.range, await deps.vouched())
  const coverage = await deps.rollups.readReconciled()
  const subject = { ...scope, by: by === BY_VIDEO ? null : by }
  const counted = await whileHeld(deps, subject, asked.range, signal, (held) =>
    countHeld(deps, subject, asked, held, signal),
  )
  const { range, found, hiding } = counted
  return {
    ...about,
    ...{ eventType, function: fn, by },
    startTime: minuteText(range.from),
    endTime: minuteText(range.to),
    ...numbersOf(found, hiding, by, fn, range),
    meta: archivedMeta({ ...counted, vouched }, archived, coverage, deps.inTime),
  }
}

async function countHeld(
  deps: BreakdownDeps,
  subject: Subject,
  { fn: orderBy, range: asked, rowsMax }: AskedBreakdown,
  held: Held,
  signal: AbortSignal,
) {
  const { by, ...scope } = subject
  if (asked.from !== null && asked.from < held.lostBefore) throw expired(held)
  const whole = widened({ from: asked.from ?? held.lostBefore, to: asked.to }, held.rolledUpHours)
  const from = Math.min(whole.from, whole.to)
  const removed = await removedOf(deps, scope, from)
  const { inTime, archive } = deps
  const { rolledUpHours } = held
  const question = {
    ...inTime,
    scope: { ...scope, removed },
    from,
    to: whole.to,
    by: by ?? held.attribute,
    ofVideos: by === null,
    orderBy,
    rowsMax,
    rolledUpHours,
    settledHours: settledIn(held, { from, to: whole.to }, removed),
  }
  const found = await archive.breakdown(question, signal)
  const isFrom = asked.from !== null || held.lostBefore > 0
  const start = isFrom ? whole.from : await firstMinuteOf(deps, question, found, signal)
  const range = { from: Math.min(start, whole.to), to: whole.to }
  return { held, range, found, hiding: await hidingHours(deps, subject, held, range, signal) }
}

/** The minute of the first event, also in an hour that was read from rollups; without events the end of the range. */
export async function firstMinuteOf(
  { archive }: BreakdownDeps,
  question: BreakdownQuestion,
  { firstMinute }: Breakdown,
  signal: AbortSignal,
): Promise<number> {
  if (firstMinute === null) return question.to
  if (question.settledHours?.includes(firstMinute) !== true) return firstMinute
  const ofHour = { from: firstMinute, to: firstMinute + MINUTES_PER_HOUR, rowsMax: 0, settledHours: [] }
  return (await archive.breakdown({ ...question, ...ofHour }, signal)).firstMinute ?? firstMinute
}

/** The videos of a question that were removed, and since when their events count again. */
export async function removedOf(
  { removals }: Pick<BreakdownDeps, 'removals'>,
  { tenant, videoIds }: EventScope,
  fromMinute: number,
): Promise<EventScope['removed'] & {}> {
  const { all = [] } = await removals(fromMinute)
  const asked = videoIds && new Set(videoIds)
  return all.filter((one) => one.tenant === tenant && (asked?.has(one.videoId) ?? true))
}

function numbersOf(
  { rows, other }: Breakdown,
  hiding: number,
  by: string,
  fn: BreakdownOrder,
  range: MinuteRange,
): Pick<BreakdownAnswer, 'total' | 'rows'> {
  const numberOf = (aggregate: Aggregate) => evaluate(fn, aggregate, range)
  const shown: BreakdownRow[] = rows.map((row) => ({ [by]: row.value, value: numberOf(row.aggregate) }))
  if (other !== null) shown.push({ [by]: OTHER, value: numberOf(other), ...restOf(hiding) })
  const all = rows.reduce((sum, { aggregate }) => add(sum, aggregate), other ?? EMPTY)
  return { total: numberOf(all), rows: shown }
}

/** What marks the row of the rest. */
export function restOf(hiding: number) {
  return { isOther: true, ...(hiding > 0 && { hidingHours: hiding }) } as const
}

/** Of hours that are rolled up the range has all minutes. */
function widened({ from, to }: MinuteRange, rolledUpHours: readonly number[]): MinuteRange {
  const end = hourOf(to - 1)
  return {
    from: rolledUpHours.includes(hourOf(from)) ? hourOf(from) : from,
    to: rolledUpHours.includes(end) ? end + MINUTES_PER_HOUR : to,
  }
}
