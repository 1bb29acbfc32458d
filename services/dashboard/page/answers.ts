// Asks for what a page of numbers through time shows: the numbers of a range, their course, and the same of the range
// that they are compared with.
import { isRefused, type Meta, type Stats, type StatsQuestion, type Summary } from './api.ts'
import { shownZone } from './format.ts'
import {
  comparedSpan,
  type Granularity,
  granularitiesFor,
  lengthOf,
  type Span,
  spanOf,
} from './ranges/ranges.ts'
import type { CourseChoice } from './route.ts'
import type { UniqueViewers } from './videos/unique-viewers.ts'

/** What the numbers are about. */
export type Subject = {
  /** For the names of files. */
  readonly name: string
  stats(question: StatsQuestion, signal: AbortSignal): Promise<Stats>
  /** The same as a table for spreadsheets. */
  csv(question: StatsQuestion, signal: AbortSignal): Promise<Blob>
  /** Null where nobody knows them. */
  readonly viewers: ((span: Span, signal: AbortSignal) => Promise<UniqueViewers>) | null
  /** `asked`: what is asked of the same span beside it. */
  numbers(span: Span, signal: AbortSignal, asked?: AskedStats): Promise<Summary>
}

type AskedStats = Pick<StatsQuestion, 'type' | 'measure'> & { readonly answer: Promise<Stats> }

export type Answers = {
  readonly nowMs: number
  readonly span: Span
  readonly granularity: Granularity
  /** The usual one first. */
  readonly choices: readonly Granularity[]
  /** Nothing so fine as the asked granularity is kept of the range. */
  readonly isCoarser: boolean
  readonly numbers: Summary
  readonly stats: Stats
  readonly viewers: UniqueViewers | null
  /** Its stats are without a series where nothing so fine is kept. */
  readonly before: { readonly numbers: Summary; readonly stats: Stats } | null
  /** Of the numbers and their course: the more careful values. */
  readonly meta: Meta
}

export async function answersTo(
  subject: Subject,
  choice: CourseChoice,
  signal: AbortSignal,
): Promise<Answers> {
  const nowMs = Date.now()
  const { range } = choice
  const whole = range === 'all' ? await subject.numbers({ startMs: null, endMs: nowMs }, signal) : null
  const length =
    whole === null
      ? lengthOf(range, nowMs, shownZone())
      : Date.parse(whole.endTime) - Date.parse(whole.startTime)
  const choices = granularitiesFor(range, length)
  const wanted =
    choice.granularity !== null && choices.includes(choice.granularity) ? choice.granularity : choices[0]!
  let refusal: unknown
  for (const granularity of [wanted, ...coarserThan(wanted)]) {
    try {
      const answers = await answersAt(subject, choice, { granularity, nowMs, whole }, signal)
      return {
        ...answers,
        nowMs,
        choices: [...new Set([...choices, granularity])],
        isCoarser: granularity !== wanted,
      }
    } catch (error) {
      if (!isTooFine(error)) throw error
      refusal = error
    }
  }
  throw refusal // nothing is kept of the range at any granularity
}

type Cut = { readonly granularity: Granularity; readonly nowMs: number; readonly whole: Summary | null }

async function answersAt(
  subject: Subject,
  { range, type, measure, compare }: CourseChoice,
  { granularity, nowMs, whole }: Cut,
  signal: AbortSignal,
) {
  const zone = shownZone()
  const span = spanOf(range, granularity, nowMs, zone)
  const earlier = compare === null ? null : comparedSpan(compare, range, span, granularity, zone)
  const question = { type, measure, span, granularity }
  const answer = subject.stats(question, signal)
  const [stats, numbers, before, viewers] = await Promise.all([
    answer,
    whole ?? subject.numbers(span, signal, { type, measure, answer }),
    earlier === null ? null : beforeOf(subject, { ...question, span: earlier }, signal),
    subject.viewers?.(whole === null ? span : { ...span, startMs: Date.parse(whole.startTime) }, signal) ??
      null,
  ])
  return { span, granularity, stats, numbers, before, viewers, meta: worstOf(stats.meta, numbers.meta) }
}

async function beforeOf(
  subject: Subject,
  question: StatsQuestion & { readonly span: Span },
  signal: AbortSignal,
) {
  const answer = subject.stats(question, signal).catch((error) => {
    if (!isTooFine(error)) throw error
    return subject.stats({ ...question, granularity: null }, signal)
  })
  const { type, measure } = question
  const [stats, numbers] = await Promise.all([
    answer,
    subject.numbers(question.span, signal, { type, measure, answer }),
  ])
  return { stats, numbers }
}

function isTooFine(error: unknown): boolean {
  return isRefused(error, 'startTime', 'resolution_expired')
}

function coarserThan(granularity: Granularity): readonly Granularity[] {
  const order: readonly Granularity[] = ['PT1M', 'PT15M', 'PT1H', 'P1D']
  return order.includes(granularity) ? order.slice(order.indexOf(granularity) + 1) : []
}

/** Merges the `meta` of two answers from different moments: the more careful values hold. */
export function worstOf(a: Meta, b: Meta): Meta {
  return {
    asOf: a.asOf === null || b.asOf === null ? null : [a.asOf, b.asOf].sort()[0]!,
    complete: a.complete && b.complete,
    reconciled: a.reconciled && b.reconciled,
    stale: a.stale || b.stale,
  }
}
