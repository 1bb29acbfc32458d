// How long answers take over HTTP for a video with a year of minutes: cold and warm, alone and while 10,000 events a
// second are counted; compared with ClickHouse over the raw events. With --cluster on Cassandra and Redis.
import { Fault } from '../lib/fault.ts'
import { interruption, unlessAborted } from '../lib/interruption.ts'
import { MINUTES_PER_DAY, MINUTES_PER_HOUR, minuteOf } from '../model/bucket.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import type { LoadResult } from './load-process.ts'
import { processAnswer } from './process-answer.ts'
import { askCassandraCounters } from './query/cassandra-counters.ts'
import { askClickHouse } from './query/clickhouse.ts'
import { Dataset } from './query/dataset.ts'
import { measure } from './query/measure.ts'
import { questionsOn } from './query/questions.ts'
import { openCluster, openEmbedded, type Stack } from './query/stack.ts'
import { print, type Row } from './report.ts'
import { scaleOf } from './scale.ts'

const LOAD = new URL('./load-process.ts', import.meta.url)
const INGEST_CONNECTIONS = 4
const INGEST_PER_SECOND = 10_000
/** Ingest runs longer than the concurrent questions, by this factor, because there are the single questions too. */
const INGEST_SLACK = 3
/** The warm-up of ingest. */
const SETTLE_SECONDS = 2

const { quick } = scaleOf(process.argv)
const isCluster = process.argv.includes('--cluster')
/** The ranges slide back from the end. */
const [year, month, slid, videos, crowd] = quick ? [10, 3, 2, 10, 100] : [365, 30, 20, 50, 1_950]
const effort = quick ? { requests: 10, seconds: 0.5 } : { requests: 200, seconds: 5 }
const endMinute = Math.floor(minuteOf(Date.now()) / MINUTES_PER_HOUR) * MINUTES_PER_HOUR - MINUTES_PER_DAY
const days = { daysOfFirst: year + slid, daysOfOthers: month + slid }
const dataset = new Dataset({ videos, crowd, endMinute, ...days })
const questions = questionsOn(dataset, videos, year, month)
const ours = isCluster ? 'Tally on Cassandra and Redis' : 'Tally'

async function measureOurs(): Promise<Row[]> {
  await using directory = await temporaryDirectory()
  const interrupted = interruption()
  const stack = await (isCluster
    ? openCluster(directory.path, dataset, interrupted)
    : openEmbedded(directory.path, dataset))
  try {
    return await unlessAborted(measureOn(stack), interrupted)
  } finally {
    await stack.stop()
  }
}

async function measureOn(stack: Stack): Promise<Row[]> {
  const alone = await measure(stack.queries, dataset, questions, ours, { ...effort, first: 0 })
  const seconds = questions.length * effort.seconds * INGEST_SLACK + SETTLE_SECONDS
  const ingest = processAnswer<LoadResult>(LOAD, [
    stack.events,
    seconds,
    INGEST_CONNECTIONS,
    INGEST_PER_SECOND,
  ])
  await new Promise((resolve) => setTimeout(resolve, SETTLE_SECONDS * 1_000))
  const form = `${ours}, beside ${INGEST_PER_SECOND.toLocaleString('en-US')} events/s`
  const busy = await measure(stack.queries, dataset, questions, form, { ...effort, first: effort.requests })
  const { acknowledged, seconds: took } = await ingest
  console.log(`Beside were acknowledged ${Math.round(acknowledged / took).toLocaleString('en-US')} events/s.`)
  if (stack.environment !== null) {
    print('query: the same to counters', await askCassandraCounters(stack.environment, dataset, questions))
  }
  return [...alone, ...busy]
}

async function measureClickHouse(): Promise<Row[]> {
  await using directory = await temporaryDirectory()
  return await askClickHouse(directory.path, dataset, questions, effort.requests)
}

const events = dataset.events.toLocaleString('en-US')
const title = `query: ${events} events of ${videos + crowd} videos, one of them in every minute of ${year + slid} days`
try {
  print(title, await measureOurs())
} catch (error) {
  if (!(error instanceof Fault)) throw error
  console.error(error.message)
  process.exit(1)
}
if (!quick && !isCluster) {
  const rows = await measureClickHouse()
  if (rows.length > 0) print('query: the same to ClickHouse', rows)
}
