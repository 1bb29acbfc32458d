// Writes the same rows in each form of the table of counts, one form after the other, and reads single videos from it.
import { setTimeout as sleep } from 'node:timers/promises'
import { SettingsReader } from '../../lib/settings-reader.ts'
import { systemClock } from '../../lib/system-clock.ts'
import { MINUTE_MS, MINUTES_PER_DAY, MINUTES_PER_HOUR, minuteOf } from '../../model/bucket.ts'
import { type CassandraSettings, readCassandraSettings } from '../../stores/cassandra/cassandra-settings.ts'
import { connect } from '../../stores/cassandra/connect.ts'
import { loadMigrations } from '../../stores/counts/cassandra/schema.ts'
import { cpuSeconds } from '../cluster/process-usage.ts'
import { figure } from '../notes.ts'
import { quantile } from '../race.ts'
import type { Row } from '../report.ts'
import { type Flush, makeFlushes, videoName } from './flushes.ts'
import type { Client } from './request-counter.ts'
import { type Form, SINGLE, type Statement, sharedBySource, sharedByVideo, TODAY } from './row-forms.ts'
import type { TailOptions } from './tail-options.ts'

const SOURCES = 16
/** Events a second where no rate is asked for: what one node can store. */
const RATE = 100_000
/** What decision 36 chose, at three sizes of batches. */
const SHARED = [16, 64, 256].map((shards) => sharedByVideo(shards, MINUTES_PER_HOUR))
const FORMS = [SINGLE, TODAY, sharedByVideo(16, 15), ...SHARED, sharedBySource(SOURCES, MINUTES_PER_HOUR)]
const WARM_UP_ROWS = 30_000
const IN_FLIGHT = 32
const ATTEMPTS_MAX = 20
/** A busy machine may take its time. */
const REQUEST = { logged: false, readTimeout: 60_000 }
/** Reads of each kind, so many that Cassandra's CPU time can be told. */
const READS_LEAST = 30
const READ_CPU_S = 0.5
/** Videos with a row in each minute of the last day. */
const WATCHED = Array.from({ length: 10 }, (_, i) => videoName(i))
const FLUSH_PERIOD_MS = 2_000
const POLL_MS = 500
const MICROS = 1e6
const DDL = { prepare: false, readTimeout: 120_000 }
/** What Cassandra does after it has answered. */
const LATER_WORK = ['MemtableFlushWriter', 'MemtablePostFlush', 'CompactionExecutor']
const SELECT_POOLS = 'SELECT name, active_tasks, pending_tasks FROM system_views.thread_pools'

type Bench = { readonly client: Client; readonly storeCpuS: () => number }

/** `events` are the rows of each form. */
export async function measureForms(
  cassandra: string,
  storePid: number | null,
  { events: rows, videos, spreads, rate, seed }: TailOptions,
): Promise<Row[]> {
  const keyspace = `tail_forms_${Date.now()}`
  const settings = readCassandraSettings(
    new SettingsReader({
      CASSANDRA_CONTACT_POINTS: cassandra,
      CASSANDRA_KEYSPACE: keyspace,
      CASSANDRA_REPLICATION: '1',
    }),
  )
  const client = await emptyKeyspace(settings)
  const bench = { client, storeCpuS: () => (storePid === null ? 0 : cpuSeconds(storePid)) }
  // Every slice and the day are in the past, so that all forms write and read whole ones.
  const lastHour = Math.floor(minuteOf(Date.now()) / MINUTES_PER_HOUR) * MINUTES_PER_HOUR - MINUTES_PER_HOUR
  const of = { rate: rate || RATE, sources: SOURCES, startMs: lastHour * MINUTE_MS, seed }
  const measured: Row[] = []
  const costs: (Cost & { readonly form: Form })[] = []
  try {
    const warmUp = makeFlushes({ ...of, videos: WARM_UP_ROWS, spread: 'uniform', rows: WARM_UP_ROWS })
    for (const form of FORMS) await writeAll(bench, form, warmUp)
    for (const spread of spreads) {
      for (const count of videos) {
        const flushes = makeFlushes({ ...of, videos: count, spread, rows })
        for (const form of FORMS) {
          const cost = await writeAll(bench, form, flushes)
          costs.push({ form, ...cost })
          measured.push({ 'rows over videos': `${spread}, ${count}`, form: form.name, ...rowOf(cost) })
          console.error(JSON.stringify(measured.at(-1)))
        }
      }
    }
    noteCosts(costs)
    for (const form of FORMS.slice(1)) await writeDays(bench, form, lastHour + MINUTES_PER_HOUR)
    await toFiles(bench)
    for (const form of FORMS.slice(1)) {
      const row = await readVideos(bench, form, lastHour + MINUTES_PER_HOUR)
      measured.push({ 'rows over videos': 'reads', form: form.name, ...row })
      console.error(JSON.stringify(measured.at(-1)))
    }
    return measured
  } finally {
    await client.execute(`DROP KEYSPACE ${keyspace}`, [], DDL)
    await client.shutdown()
  }
}

/** With the type of a total and the tables of all forms, and nothing else. */
async function emptyKeyspace(settings: CassandraSettings): Promise<Client> {
  const deps = { clock: systemClock, random: Math.random, onRetry: () => {} }
  const unbound = await connect(settings, null, deps)
  const strategy = `{'class': 'SimpleStrategy', 'replication_factor': 1}`
  await unbound.execute(`CREATE KEYSPACE ${settings.keyspace} WITH replication = ${strategy}`, [], DDL)
  await unbound.shutdown()
  const client = await connect(settings, settings.keyspace, deps)
  const [type, counts] = loadMigrations()[0]!.statements
  for (const schema of [type!, counts!, ...FORMS.flatMap((form) => form.schema ?? [])]) {
    await client.execute(schema, [], DDL)
  }
  return client
}

type Cost = {
  readonly rowsPerSecond: number
  readonly rowsAStatement: number
  /** CPU, µs a row. */
  readonly store: number
  readonly client: number
}

async function writeAll(bench: Bench, form: Form, flushes: readonly Flush[]): Promise<Cost> {
  await quiet(bench)
  const before = { cpu: bench.storeCpuS(), own: process.cpuUsage(), ms: performance.now() }
  const { rows, statements } = await sendAll(bench, batchesOf(form, flushes))
  const seconds = (performance.now() - before.ms) / 1_000
  const own = process.cpuUsage(before.own)
  await quiet(bench)
  return {
    rowsPerSecond: rows / seconds,
    rowsAStatement: rows / statements,
    store: ((bench.storeCpuS() - before.cpu) * MICROS) / rows,
    client: (own.user + own.system) / rows,
  }
}

function rowOf({ rowsPerSecond, rowsAStatement, store, client }: Cost): Row {
  return {
    'rows/s': Math.round(rowsPerSecond),
    'rows a statement': rowsAStatement.toFixed(1),
    'Cassandra CPU-s per million rows': store.toFixed(1),
    'client CPU-s': client.toFixed(1),
  }
}

/** What npm run capacity computes with; nothing where the CPU time of Cassandra cannot be seen. */
function noteCosts(costs: readonly (Cost & { readonly form: Form })[]): void {
  if (costs.some(({ store }) => store === 0)) return
  const unit = 'CPU µs a row'
  for (const [name, form] of [
    ['single', SINGLE],
    ['day', TODAY],
  ] as const) {
    const some = costs.filter((one) => one.form === form)
    figure(
      `cassandra.${name}`,
      unit,
      some.map(({ store }) => store),
    )
    figure(
      `client.${name}`,
      unit,
      some.map(({ client }) => client),
    )
  }
  const shared = costs.filter(({ form }) => SHARED.includes(form))
  for (const { store, rowsAStatement } of shared) figure('cassandra.shared', unit, [store], rowsAStatement)
  figure(
    'client.shared',
    unit,
    shared.map(({ client }) => client),
  )
}

async function sendAll(bench: Bench, batches: Generator<Statement[]>) {
  let rows = 0
  let statements = 0
  const worker = async () => {
    for (const batch of batches) {
      rows += batch.length
      statements++
      await sent(bench, batch)
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
  return { rows, statements }
}

function* batchesOf(form: Form, flushes: readonly Flush[]): Generator<Statement[]> {
  for (const flush of flushes) yield* form.batches(flush)
}

/** A row in every minute of the day before `end`. */
async function writeDays(bench: Bench, form: Form, end: number): Promise<void> {
  const flushes = Array.from({ length: MINUTES_PER_DAY }, (_, i): Flush => {
    return { source: i % SOURCES, minute: end - MINUTES_PER_DAY + i, videos: WATCHED }
  })
  await sendAll(bench, batchesOf(form, flushes))
}

async function readVideos(bench: Bench, form: Form, end: number): Promise<Row> {
  const ofHour = await timed(bench, form, end - MINUTES_PER_HOUR, end)
  const ofDay = await timed(bench, form, end - MINUTES_PER_DAY, end)
  return { 'an hour: ms p50, CPU ms': ofHour, 'a day: ms p50, CPU ms': ofDay }
}

async function timed(bench: Bench, form: Form, from: number, to: number): Promise<string> {
  const times: number[] = []
  await quiet(bench)
  const before = bench.storeCpuS()
  for (let i = 0; i < READS_LEAST || bench.storeCpuS() - before < READ_CPU_S; i++) {
    const startedMs = performance.now()
    const statements = form.reads(WATCHED[i % WATCHED.length]!, from, to)
    const answers = await Promise.all(statements.map((one) => sent(bench, [one])))
    times.push(performance.now() - startedMs)
    const minutes = new Set(answers.flatMap((rows) => rows.map(({ start }) => Number(start))))
    if (minutes.size !== to - from) throw new Error(`${minutes.size} of ${to - from} minutes were found`)
  }
  const cpuMs = ((bench.storeCpuS() - before) * 1_000) / times.length
  return `${quantile(times, 0.5).toFixed(1)}, ${cpuMs.toFixed(2)}`
}

/** A busy machine lets a request wait: it is sent again. */
async function sent({ client }: Bench, statements: readonly Statement[]) {
  const [first] = statements
  for (let attempt = 1; ; attempt++) {
    try {
      const result =
        statements.length === 1
          ? await client.execute(first!.query, [...first!.params], REQUEST)
          : await client.batch(statements as { query: string; params: Buffer[] }[], REQUEST)
      return result.rows ?? []
    } catch (error) {
      if (attempt === ATTEMPTS_MAX) throw error
    }
  }
}

async function toFiles(bench: Bench): Promise<void> {
  for (const period of [FLUSH_PERIOD_MS, 0]) {
    for (const { table } of FORMS) {
      await bench.client.execute(`ALTER TABLE ${table} WITH memtable_flush_period_in_ms = ${period}`, [], DDL)
    }
    await sleep(2 * FLUSH_PERIOD_MS)
    await quiet(bench)
  }
}

/** Waits until Cassandra has no work left over. */
async function quiet({ client }: Bench): Promise<void> {
  for (;;) {
    await sleep(POLL_MS)
    const { rows } = await client.execute(SELECT_POOLS, [], REQUEST)
    const later = rows.filter(({ name }) => LATER_WORK.includes(name))
    if (later.every((pool) => pool.active_tasks + pool.pending_tasks === 0)) return
  }
}
