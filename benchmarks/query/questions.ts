// The questions that are measured, each over a range that slides with the number of the request, and what their answers
// must be. Pure.
import { MINUTE_MS, MINUTES_PER_DAY } from '../../services/model/bucket.ts'
import type { Dataset } from './dataset.ts'

export type Asked = {
  /** With body: POST of JSON. */
  readonly path: string
  readonly body?: object
}

export type Question = {
  readonly name: string
  readonly days: number
  readonly videos: number
  readonly ask: (from: number, to: number) => Asked
  /** The count that an answer gives, in all. */
  readonly countIn: (answer: Answer) => number
}

/** Of stats and of queries. */
export type Answer = {
  readonly startTime: string
  readonly endTime: string
  readonly value?: number
  readonly series?: readonly { readonly value: number }[]
  readonly rows?: readonly { readonly values: { readonly count: number } }[]
}

export const ZONE = 'Europe/Berlin'
/** Further than an hour, so that no question is asked twice where the past is kept by the hour. */
const SLIDE_MINUTES = 61

export function questionsOn({ videoIds }: Dataset, daysOfFirst: number, daysOfOthers: number): Question[] {
  const stats = (from: number, to: number) =>
    `/v1/videos/${videoIds[0]}/stats?eventType=view&function=count` +
    `&startTime=${from * MINUTE_MS}&endTime=${to * MINUTE_MS}`
  return [
    {
      name: `total over ${daysOfOthers} days`,
      days: daysOfOthers,
      videos: 1,
      ask: (from, to) => ({ path: stats(from, to) }),
      countIn: ({ value }) => value!,
    },
    {
      name: `${daysOfFirst} days by day in ${ZONE}`,
      days: daysOfFirst,
      videos: 1,
      ask: (from, to) => ({ path: `${stats(from, to)}&granularity=P1D&timeZone=${ZONE}` }),
      countIn: ({ series }) => series!.reduce((sum, { value }) => sum + value, 0),
    },
    {
      name: `${videoIds.length} videos over ${daysOfOthers} days`,
      days: daysOfOthers,
      videos: videoIds.length,
      ask: (from, to) => ({
        path: '/v1/query',
        body: {
          videoIds,
          eventTypes: ['view'],
          groupBy: ['video'],
          startTime: from * MINUTE_MS,
          endTime: to * MINUTE_MS,
        },
      }),
      countIn: ({ rows }) => rows!.reduce((sum, { values }) => sum + values.count, 0),
    },
  ]
}

/** The range of the nth request of a question. */
export function rangeOf({ days }: Question, { endMinute }: Dataset, nth: number) {
  const to = endMinute - nth * SLIDE_MINUTES
  return { from: to - days * MINUTES_PER_DAY, to }
}

/** What the answer must count over the range that it says it is about. */
export function expectedCount({ videos }: Question, dataset: Dataset, answer: Answer): number {
  const [from, to] = [answer.startTime, answer.endTime].map((time) => Date.parse(time) / MINUTE_MS)
  let count = 0
  for (let video = 0; video < videos; video++) count += dataset.count(video, from!, to!)
  return count
}
