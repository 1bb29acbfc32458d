// The alternative on Cassandra: a counter for each minute, added up by the server at each query. A counter does not
// recognise copies, and counts a retried update twice.
import assert from 'node:assert/strict'
import { mapBounded } from '../../lib/map-bounded.ts'
import { SettingsReader } from '../../lib/settings-reader.ts'
import { systemClock } from '../../lib/system-clock.ts'
import { MINUTES_PER_DAY } from '../../model/bucket.ts'
import { slotsOf } from '../../services/query/question/range-slots.ts'
import type { MinuteRange } from '../../services/query/question/vocabulary.ts'
import { readCassandraSettings } from '../../stores/cassandra/cassandra-settings.ts'
import { connect } from '../../stores/cassandra/connect.ts'
import { quantile } from '../race.ts'
import type { Row } from '../report.ts'
import type { Dataset, Minute } from './dataset.ts'
import { timed } from './measure.ts'
import { expectedCount, type Question, rangeOf, ZONE } from './questions.ts'

type Client = Awaited<ReturnType<typeof connect>>

const TABLE = `CREATE TABLE minute_counters (
  video text, day int, minute int, events counter, PRIMARY KEY ((video, day), minute))`
const ADD = 'UPDATE minute_counters SET events = events + ? WHERE video = ? AND day = ? AND minute = ?'
const SUM = `SELECT CAST(sum(events) AS double) AS events FROM minute_counters
  WHERE video = ? AND day = ? AND minute >= ? AND minute < ?`
const ADDS_PER_BATCH = 50
const CALLS_IN_FLIGHT_MAX = 64
/** The timeout: a year takes seconds. */
const REQUESTS = 10

export async function askCassandraCounters(
  environment: Readonly<Record<string, string>>,
  dataset: Dataset,
  questions: readonly Question[],
): Promise<Row[]> {
  const settings = readCassandraSettings(new SettingsReader(environment))
  const deps = { clock: systemClock, random: Math.random, onRetry: () => {} }
  const client = await connect(settings, settings.keyspace, deps)
  try {
    await client.execute(TABLE)
    await fill(client, dataset)
    const rows: Row[] = []
    for (const question of questions) rows.push(await measureOne(client, dataset, question))
    return rows
  } finally {
    await client.shutdown()
  }
}

async function fill(client: Client, dataset: Dataset): Promise<void> {
  for (const [video, videoId] of dataset.videoIds.entries()) {
    const days = Map.groupBy(dataset.minutes(video), ({ minute }) => dayOf(minute))
    const batches = Array.from(days.values()).flatMap((minutes) => inLots(minutes, ADDS_PER_BATCH))
    await mapBounded(batches, CALLS_IN_FLIGHT_MAX, (minutes) =>
      client.batch(
        minutes.map(({ minute, count }) => ({
          query: ADD,
          params: [BigInt(count), videoId, dayOf(minute), minute],
        })),
        { prepare: true, counter: true, isIdempotent: false },
      ),
    )
  }
}

async function measureOne(client: Client, dataset: Dataset, question: Question): Promise<Row> {
  const timesMs = await timed(REQUESTS, async (nth) => {
    const range = rangeOf(question, dataset, nth)
    const sums = partsOf(question, range).flatMap((part) =>
      dataset.videoIds.slice(0, question.videos).map((videoId) => ({ videoId, ...part })),
    )
    const parts = await mapBounded(sums, CALLS_IN_FLIGHT_MAX, async ({ videoId, from, to }) => {
      const { rows } = await client.execute(SUM, [videoId, dayOf(from), from, to], { prepare: true })
      return { videoId, count: Number(rows[0]!.events) }
    })
    const counts = Map.groupBy(parts, ({ videoId }) => videoId)
      .values()
      .map((own) => own.reduce((all, { count }) => all + count, 0))
    const expected = expectedCount(question, dataset, range.from, range.to)
    assert.equal(question.countOf(Array.from(counts)), expected, `counters: ${question.name}`)
  })
  return {
    question: question.name,
    form: 'Cassandra counters, in process',
    'p50, ms': quantile(timesMs, 0.5),
    'longest, ms': quantile(timesMs, 1),
  }
}

/** The ranges to sum: each within a partition, and within a local day for daily series. */
function partsOf(question: Question, range: MinuteRange): MinuteRange[] {
  const slots = question.kind === 'series' ? slotsOf(range, 'P1D', ZONE) : [range]
  return slots.flatMap(({ from, to }) => slotsOf({ from, to }, 'P1D', 'UTC'))
}

function dayOf(minute: number): number {
  return Math.floor(minute / MINUTES_PER_DAY)
}

function inLots(minutes: readonly Minute[], size: number): Minute[][] {
  return Array.from({ length: Math.ceil(minutes.length / size) }, (_, i) =>
    minutes.slice(i * size, (i + 1) * size),
  )
}
