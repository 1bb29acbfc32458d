// The measured questions, each over a range that moves with the number of the request, and their expected answers.
// Pure.
import { MINUTE_MS, MINUTES_PER_DAY } from '../../model/bucket.ts'
import type { Dataset } from './dataset.ts'

export type Asked = {
  /** If set: a POST with this JSON. */
  readonly path: string
  readonly body?: object
}

export type Question = {
  readonly kind: 'total' | 'series' | 'batch' | 'top'
  readonly name: string
  readonly days: number
  /** The number of videos in the question, from the first on. */
  readonly videos: number
  /** The step from one request's range to the next: more than an hour if only hours are kept. */
  readonly slideMinutes: number
  readonly ask: (from: number, to: number) => Asked
  /** The total count in an answer. */
  readonly countIn: (answer: Answer) => number
  /** The expected total, given the counts of all videos in the question. */
  readonly countOf: (counts: readonly number[]) => number
}

/** Of stats, of queries and of top lists. */
export type Answer = {
  readonly startTime: string
  readonly endTime: string
  readonly value?: number
  readonly series?: readonly { readonly value: number }[]
  readonly rows?: readonly { readonly values: { readonly count: number } }[]
  readonly videos?: readonly { readonly count: number }[]
}

export const ZONE = 'Europe/Berlin'
const SLIDE_MINUTES = 61
export const TOP = 100

/** @param videos of the batch */
export function questionsOn(
  { videoIds }: Dataset,
  videos: number,
  daysOfFirst: number,
  daysOfOthers: number,
): Question[] {
  const slid = { slideMinutes: SLIDE_MINUTES, countOf: sum }
  const stats = (from: number, to: number) =>
    `/v1/videos/${videoIds[0]}/stats?eventType=view&function=count` +
    `&startTime=${from * MINUTE_MS}&endTime=${to * MINUTE_MS}`
  const total = (days: number): Question => ({
    ...{ ...slid, kind: 'total' },
    name: `total over ${days} ${days === 1 ? 'day' : 'days'}`,
    days,
    videos: 1,
    ask: (from, to) => ({ path: stats(from, to) }),
    countIn: ({ value }) => value!,
  })
  return [
    total(1),
    total(daysOfOthers),
    total(daysOfFirst),
    {
      ...{ ...slid, kind: 'series' },
      name: `${daysOfFirst} days by day in ${ZONE}`,
      days: daysOfFirst,
      videos: 1,
      ask: (from, to) => ({ path: `${stats(from, to)}&granularity=P1D&timeZone=${ZONE}` }),
      countIn: ({ series }) => sum(series!.map(({ value }) => value)),
    },
    {
      ...{ ...slid, kind: 'batch' },
      name: `${videos} videos over ${daysOfOthers} days`,
      days: daysOfOthers,
      videos,
      ask: (from, to) => ({
        path: '/v1/query',
        body: {
          videoIds: videoIds.slice(0, videos),
          eventTypes: ['view'],
          groupBy: ['video'],
          startTime: from * MINUTE_MS,
          endTime: to * MINUTE_MS,
        },
      }),
      countIn: ({ rows }) => sum(rows!.map(({ values }) => values.count)),
    },
    {
      kind: 'top',
      name: `top ${TOP} of ${videoIds.length} videos over 12 hours`,
      days: 0.5,
      videos: videoIds.length,
      slideMinutes: 1,
      ask: (from, to) => ({
        path: `/v1/top?eventType=view&limit=${TOP}&startTime=${from * MINUTE_MS}&endTime=${to * MINUTE_MS}`,
      }),
      countIn: ({ videos }) => sum(videos!.map(({ count }) => count)),
      countOf: (counts) => sum(counts.toSorted((a, b) => b - a).slice(0, TOP)),
    },
  ]
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0)
}

/** The range of the nth request of a question. */
export function rangeOf({ days, slideMinutes }: Question, { endMinute }: Dataset, nth: number) {
  const to = endMinute - nth * slideMinutes
  return { from: to - days * MINUTES_PER_DAY, to }
}

/** The expected count over the range that the answer states. */
export function expectedOf(question: Question, dataset: Dataset, answer: Answer): number {
  const [from, to] = [answer.startTime, answer.endTime].map((time) => Date.parse(time) / MINUTE_MS)
  return expectedCount(question, dataset, from!, to!)
}

/** In [from, to) minutes. */
export function expectedCount({ videos, countOf }: Question, dataset: Dataset, from: number, to: number) {
  return countOf(Array.from({ length: videos }, (_, video) => dataset.count(video, from, to)))
}
