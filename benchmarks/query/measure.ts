// Measures the questions over HTTP and checks every answer: one after the other, cold and warm, then several at once.
import assert from 'node:assert/strict'
import { processAnswer } from '../process-answer.ts'
import type { QueryLoad } from '../query-load-process.ts'
import { quantile } from '../race.ts'
import type { Row } from '../report.ts'
import type { Dataset } from './dataset.ts'
import { type Answer, type Asked, expectedOf, type Question, rangeOf } from './questions.ts'

export type Effort = {
  readonly requests: number
  readonly seconds: number
  /** The number of the first request: ranges of earlier requests are not cold. */
  readonly first: number
}

const LOAD = new URL('../query-load-process.ts', import.meta.url)
const CONNECTIONS = 8

/** One row per question. Cold: each request uses a new range. */
export async function measure(
  url: string,
  dataset: Dataset,
  questions: readonly Question[],
  form: string,
  { requests, seconds, first }: Effort,
): Promise<Row[]> {
  const rows: Row[] = []
  for (const question of questions) {
    const cold = await timed(requests, (nth) => ask(url, dataset, question, first + nth))
    await timed(requests, () => ask(url, dataset, question, first))
    const warm = await timed(requests, () => ask(url, dataset, question, first))
    const { from, to } = rangeOf(question, dataset, first)
    const load = await processAnswer<QueryLoad>(LOAD, [
      url,
      seconds,
      CONNECTIONS,
      JSON.stringify(question.ask(from, to)),
    ])
    rows.push({
      question: question.name,
      form,
      'cold p50, ms': quantile(cold, 0.5),
      'cold p99, ms': quantile(cold, 0.99),
      'warm p50, ms': quantile(warm, 0.5),
      'warm p99, ms': quantile(warm, 0.99),
      [`requests/s by ${CONNECTIONS}`]: Math.round(load.requestsPerSecond),
      'p99 then, ms': load.p99Ms,
    })
  }
  return rows
}

async function ask(url: string, dataset: Dataset, question: Question, nth: number): Promise<void> {
  const { from, to } = rangeOf(question, dataset, nth)
  const answer = await answerTo(url, question.ask(from, to))
  assert.equal(question.countIn(answer), expectedOf(question, dataset, answer), question.name)
}

async function answerTo(url: string, { path, body }: Asked): Promise<Answer> {
  const response =
    body === undefined
      ? await fetch(url + path)
      : await fetch(url + path, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
  assert.equal(response.status, 200)
  return (await response.json()) as Answer
}

/** The time of each of `times` calls. */
export async function timed(times: number, call: (nth: number) => Promise<void>): Promise<number[]> {
  const timesMs: number[] = []
  for (let nth = 0; nth < times; nth++) {
    const startedMs = performance.now()
    await call(nth)
    timesMs.push(performance.now() - startedMs)
  }
  return timesMs
}
