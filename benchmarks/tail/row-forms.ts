// The forms in which rows of many videos can be written, one after the other, on the table of today and on one whose
// partition is (shard of the video, hour), which a flush fills by a few batches; and what a day of one video costs to
// read from each.
import { SettingsReader } from '../../lib/settings-reader.ts'
import { systemClock } from '../../lib/system-clock.ts'
import { MINUTES_PER_DAY, MINUTES_PER_HOUR, minuteOf } from '../../model/bucket.ts'
import { EMPTY, writeTimestampMicros } from '../../model/total.ts'
import { readCassandraSettings } from '../../stores/cassandra/cassandra-settings.ts'
import { connect } from '../../stores/cassandra/connect.ts'
import { migrate } from '../../stores/counts/cassandra/migrate.ts'
import { INSERT_TOTAL, SELECT_SUMS } from '../../stores/counts/cassandra/statements.ts'
import {
  bigintValue,
  dateValue,
  dayOf,
  intValue,
  timestampValue,
  totalValue,
} from '../../stores/counts/cassandra/values.ts'
import { cpuSeconds } from '../cluster/process-usage.ts'
import { quantile } from '../race.ts'
import { seededRandom } from '../random.ts'
import type { Row } from '../report.ts'
import type { Client } from './request-counter.ts'

type Statement = { readonly query: string; readonly params: readonly Buffer[] }

const IN_FLIGHT = 64
const SHARDS = 64
const VIDEOS = 1e7
const READS = 200
const TTL_SECONDS = 1_000_000
const MICROS = 1e6
const DROPPING = { prepare: false, readTimeout: 60_000 }
const NONE = Buffer.alloc(0)
const TYPE = Buffer.from('view')
const SOURCE = Buffer.from('beefbeef-3')

const SLICED_TABLE = `
  CREATE TABLE sliced (shard int, hour timestamp, tenant text, video_id text, event_type text, minute timestamp,
    source text, total frozen<total>,
    PRIMARY KEY ((shard, hour), tenant, video_id, event_type, minute, source))
  WITH compaction = {'class': 'UnifiedCompactionStrategy', 'scaling_parameters': 'T4'}`
const INSERT_SLICED = `
  INSERT INTO sliced (shard, hour, tenant, video_id, event_type, minute, source, total)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ? AND TTL ?`
const SELECT_SLICED = `
  SELECT sum(total.count) AS count FROM sliced
  WHERE shard = ? AND hour = ? AND tenant = ? AND video_id = ? AND event_type = ?`

const minute = Math.floor(minuteOf(Date.now()) / MINUTES_PER_HOUR) * MINUTES_PER_HOUR
const random = seededRandom(1)
let written = 0

/** Rows of each form; the figures of the first forms are also those of a server that warms up. */
export async function measureForms(cassandra: string, storePid: number | null, rows: number): Promise<Row[]> {
  const settings = readCassandraSettings(
    new SettingsReader({
      CASSANDRA_CONTACT_POINTS: cassandra,
      CASSANDRA_KEYSPACE: `tail_forms_${Date.now()}`,
      CASSANDRA_REPLICATION: '1',
    }),
  )
  const deps = { clock: systemClock, random: Math.random, onRetry: () => {} }
  await migrate((keyspace) => connect(settings, keyspace, deps), settings, {
    clock: systemClock,
    onApplied: () => {},
  })
  const client = await connect(settings, settings.keyspace, deps)
  try {
    await client.execute(SLICED_TABLE, [], { prepare: false })
    const form = (name: string, size: number, make: (batch: number) => Statement) =>
      writeAll(client, storePid, { name, rows, size, make })
    await form('warm-up', 20, today)
    return [
      await form('a row a statement', 1, today),
      await form('20 partitions a batch', 20, today),
      await form('100 partitions a batch', 100, today),
      await form('100 rows of one (shard, hour) a batch', 100, (batch) => sliced(batch % SHARDS)),
      ...(await readDays(client)),
    ]
  } finally {
    await client.execute(`DROP KEYSPACE ${settings.keyspace}`, [], DROPPING)
    await client.shutdown()
  }
}

type Form = {
  readonly name: string
  readonly rows: number
  readonly size: number
  readonly make: (batch: number) => Statement
}

async function writeAll(client: Client, storePid: number | null, form: Form): Promise<Row> {
  const { name, rows, size, make } = form
  const use = () => ({ own: process.cpuUsage(), store: storePid === null ? 0 : cpuSeconds(storePid) })
  const before = { ...use(), ms: performance.now() }
  let batches = 0
  const worker = async () => {
    while (batches * size < rows) {
      const batch = batches++
      const statements = Array.from({ length: size }, () => make(batch))
      const [first] = statements
      if (size === 1) await client.execute(first!.query, [...first!.params])
      else await client.batch(statements as { query: string; params: Buffer[] }[], { logged: false })
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
  const seconds = (performance.now() - before.ms) / 1_000
  const own = process.cpuUsage(before.own)
  const perRow = MICROS / rows
  return {
    form: name,
    'rows/s': Math.round(rows / seconds),
    'Cassandra, CPU µs a row': ((use().store - before.store) * perRow).toFixed(1),
    'client, CPU µs a row': ((own.user + own.system) / rows).toFixed(1),
    'read of a day, ms p50': '',
    p99: '',
  }
}

/** Days of one video each, written before: a row in every minute. */
async function readDays(client: Client): Promise<Row[]> {
  const video = videoName(VIDEOS + 1)
  const start = minute - MINUTES_PER_DAY
  for (let at = 0; at < MINUTES_PER_DAY; at += MINUTES_PER_HOUR) {
    const minutes = Array.from({ length: MINUTES_PER_HOUR }, (_, i) => start + at + i)
    for (const make of [
      (m: number) => todayRow(video, m),
      (m: number) => slicedRow(video, 0, start + at, m),
    ]) {
      const statements = minutes.map(make) as { query: string; params: Buffer[] }[]
      await client.batch(statements, { logged: false })
    }
  }
  const days = Array.from(new Set([dayOf(start), dayOf(minute - 1)]))
  const ofToday = () =>
    Promise.all(
      days.map((day) => {
        const range = [timestampValue(start), timestampValue(minute)]
        return client.execute(SELECT_SUMS.day, [NONE, video, TYPE, dateValue(day), ...range])
      }),
    )
  const hours = Array.from(
    { length: MINUTES_PER_DAY / MINUTES_PER_HOUR },
    (_, i) => start + i * MINUTES_PER_HOUR,
  )
  const ofSliced = () =>
    Promise.all(
      hours.map((hour) =>
        client.execute(SELECT_SLICED, [intValue(0), timestampValue(hour), NONE, video, TYPE]),
      ),
    )
  return [
    await timed('a day of the table of today', ofToday),
    await timed('a day of 24 (shard, hour) partitions', ofSliced),
  ]
}

async function timed(name: string, read: () => Promise<unknown>): Promise<Row> {
  const times: number[] = []
  for (let i = 0; i < READS; i++) {
    const startedMs = performance.now()
    await read()
    times.push(performance.now() - startedMs)
  }
  return {
    ...{ form: name, 'rows/s': '', 'Cassandra, CPU µs a row': '', 'client, CPU µs a row': '' },
    'read of a day, ms p50': quantile(times, 0.5).toFixed(1),
    p99: quantile(times, 0.99).toFixed(1),
  }
}

function today(): Statement {
  return todayRow(videoName(Math.floor(random() * VIDEOS)), minute)
}

function sliced(shard: number): Statement {
  return slicedRow(videoName(Math.floor(random() * VIDEOS)), shard, minute, minute)
}

function todayRow(video: Buffer, at: number): Statement {
  const key = [NONE, video, TYPE, dateValue(dayOf(at)), timestampValue(at), SOURCE]
  return { query: INSERT_TOTAL, params: [...key, ...stamped(at)] }
}

function slicedRow(video: Buffer, shard: number, hour: number, at: number): Statement {
  const key = [intValue(shard), timestampValue(hour), NONE, video, TYPE, timestampValue(at), SOURCE]
  return { query: INSERT_SLICED, params: [...key, ...stamped(at)] }
}

function stamped(at: number): Buffer[] {
  const upTo = written++
  const total = totalValue({ ...EMPTY, count: 3, values: 3, sum: 99_999n, min: 1, max: 5_000, upTo })
  return [total, bigintValue(writeTimestampMicros(at, upTo)), intValue(TTL_SECONDS)]
}

function videoName(video: number): Buffer {
  return Buffer.from(`video-${video.toString().padStart(16, '0')}`)
}
