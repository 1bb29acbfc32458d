// The queries of dashboards: one kind after the other, for one video after the other.
import { check } from 'k6'
import exec from 'k6/execution'
import http from 'k6/http'
import { type Run, videoId } from './names.ts'
import type { Settings } from './settings.ts'

type Question = {
  /** The tag of its requests. */
  readonly name: string
  readonly method: 'GET' | 'POST'
  readonly path: (video: string) => string
  readonly body?: (video: string) => object
}

const OK = 200

export const QUESTIONS: readonly Question[] = [
  {
    name: 'stats',
    method: 'GET',
    path: (video) => `/v1/videos/${video}/stats?eventType=view&function=count`,
  },
  {
    name: 'series',
    method: 'GET',
    path: (video) =>
      `/v1/videos/${video}/stats?eventType=view&function=average&${lastHour()}&granularity=PT1M`,
  },
  { name: 'summary', method: 'GET', path: (video) => `/v1/videos/${video}/summary` },
  { name: 'top', method: 'GET', path: () => '/v1/top?eventType=view&limit=10' },
  {
    name: 'query',
    method: 'POST',
    path: () => '/v1/query',
    body: (video) => ({
      videoIds: [video],
      eventTypes: ['view', 'like'],
      functions: ['count', 'sum'],
      groupBy: ['type'],
    }),
  },
]

export async function askOne({ url, headers, timeout, videos }: Settings, run: Run): Promise<void> {
  const number = exec.scenario.iterationInTest
  const { name, method, path, body } = QUESTIONS[number % QUESTIONS.length]!
  const video = videoId(run, number % videos)
  const content = body === undefined ? null : JSON.stringify(body(video))
  const params = { headers, timeout, tags: { name } }
  const response = await http.asyncRequest(method, `${url}${path(video)}`, content, params)
  check(response, { 'a question is answered': ({ status }) => status === OK })
}

function lastHour(): string {
  const minute = Math.floor(Date.now() / 60_000)
  return `startTime=${(minute - 59) * 60_000}&endTime=${(minute + 1) * 60_000}`
}
