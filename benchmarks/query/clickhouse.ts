// The alternative: ClickHouse (chdb from PyPI) in its own process, with the same questions over the raw events. It
// uses no HTTP, and counts every copy.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { fetchPackages } from '../../infra/native/python.ts'
import { readInfraSettings } from '../../infra/settings.ts'
import { quantile } from '../race.ts'
import type { Row } from '../report.ts'
import type { Dataset } from './dataset.ts'
import { expectedCount, type Question, rangeOf, TOP, ZONE } from './questions.ts'

type Answers = {
  readonly filledSeconds: number
  readonly answers: readonly { readonly timesMs: readonly number[]; readonly counts: readonly number[] }[]
}

const SCRIPT = fileURLToPath(new URL('./clickhouse.py', import.meta.url))
const REQUIREMENTS = fileURLToPath(new URL('./clickhouse-requirements.txt', import.meta.url))
const OUTPUT_BYTES_MAX = 16 << 20

/** No rows, and one line with the reason, if it is not available. */
export async function askClickHouse(
  directory: string,
  dataset: Dataset,
  questions: readonly Question[],
  requests: number,
): Promise<Row[]> {
  const python = await fetchPackages(
    REQUIREMENTS,
    join(readInfraSettings(process.env).programs, 'chdb'),
  ).catch((error: Error) => {
    console.log(`\nSkipped ClickHouse: ${error.message.split('\n')[0]}`)
    return null
  })
  if (python === null) return []
  const asked = {
    videos: dataset.videoIds.map((id, number) => {
      const [start, step] = [dataset.startOf(number), dataset.stepOf(number)]
      return { id, number, start, step, minutes: Math.ceil((dataset.endMinute - start) / step) }
    }),
    questions: questions.map((question) => ({
      requests: [
        ...Array.from({ length: requests }, (_, nth) => sqlOf(question, dataset, nth)),
        ...Array.from({ length: requests }, () => sqlOf(question, dataset, 0)),
      ],
    })),
  }
  await writeFile(join(directory, 'asked.json'), JSON.stringify(asked))
  const { stdout } = await promisify(execFile)(python, [SCRIPT, directory], { maxBuffer: OUTPUT_BYTES_MAX })
  const { answers } = JSON.parse(stdout.trim().split('\n').at(-1)!) as Answers
  return questions.map((question, at) => rowOf(question, dataset, answers[at]!, requests))
}

function rowOf(
  question: Question,
  dataset: Dataset,
  answer: Answers['answers'][number],
  requests: number,
): Row {
  for (const [nth, count] of answer.counts.entries()) {
    const { from, to } = rangeOf(question, dataset, nth < requests ? nth : 0)
    assert.equal(count, expectedCount(question, dataset, from, to), `ClickHouse: ${question.name}`)
  }
  const [cold, warm] = [answer.timesMs.slice(0, requests), answer.timesMs.slice(requests)]
  return {
    question: question.name,
    form: 'ClickHouse, raw events, in process',
    'cold p50, ms': quantile(cold, 0.5),
    'cold p99, ms': quantile(cold, 0.99),
    'warm p50, ms': quantile(warm, 0.5),
    'warm p99, ms': quantile(warm, 0.99),
  }
}

function sqlOf(question: Question, dataset: Dataset, nth: number): string {
  const { from, to } = rangeOf(question, dataset, nth)
  const within = `type = 'view' AND time >= toDateTime(${from * 60}, 'UTC') AND time < toDateTime(${to * 60}, 'UTC')`
  const one = `video = '${dataset.videoIds[0]}' AND ${within}`
  const day = `toDate(time, '${ZONE}')`
  const ids = dataset.videoIds.slice(0, question.videos).map((id) => `'${id}'`)
  switch (question.kind) {
    case 'total':
      return `SELECT count() FROM bench.events WHERE ${one}`
    case 'series':
      return `SELECT ${day} AS day, count() FROM bench.events WHERE ${one} GROUP BY day ORDER BY day`
    case 'batch':
      return `SELECT video, count() FROM bench.events WHERE video IN (${ids}) AND ${within} GROUP BY video`
    case 'top':
      return `SELECT video, count() FROM bench.events WHERE ${within} GROUP BY video ORDER BY 2 DESC LIMIT ${TOP}`
  }
}
