// Counts the events of one case with the unchanged processing service, in a process of its own, and prints what that
// took: node case-process.ts CASE, where CASE is JSON.
import assert from 'node:assert/strict'
import { SettingsReader } from '../../lib/settings-reader.ts'
import { systemClock } from '../../lib/system-clock.ts'
import { loadSchemas } from '../../schemas/schema-set.ts'
import { readDriverSettings } from '../../services/processing/driver-settings.ts'
import { lanesOn } from '../../services/processing/lanes.ts'
import { Processing } from '../../services/processing/processing.ts'
import { STATEMENTS } from '../../stores/backing/open-cassandra-stores.ts'
import { type CassandraSettings, readCassandraSettings } from '../../stores/cassandra/cassandra-settings.ts'
import { connect } from '../../stores/cassandra/connect.ts'
import { CassandraCounts } from '../../stores/counts/cassandra/cassandra-counts.ts'
import { migrate } from '../../stores/counts/cassandra/migrate.ts'
import type { CountReader, CountWriter } from '../../stores/counts/counts.ts'
import { cpuSeconds } from '../cluster/process-usage.ts'
import { quantile } from '../race.ts'
import { NAME_KEY } from '../workload.ts'
import { PacedLog } from './paced-log.ts'
import { countRequests } from './request-counter.ts'
import { type Case, type Prepared, prepare } from './tail-events.ts'

export type AskedCase = Case & {
  /** Events a second; 0 for as fast as possible. */
  readonly rate: number
  readonly cassandra: string
  readonly keyspace: string
  /** Null if Cassandra runs in a container; its CPU time is then reported as 0. */
  readonly storePid: number | null
}

export type CaseResult = Case & {
  readonly rate: number
  readonly buckets: number
  readonly seconds: number
  readonly cpuSeconds: number
  readonly storeCpuSeconds: number
  readonly requests: number
  readonly reads: number
  readonly rows: Readonly<Record<string, number>>
  /** From when a record was read until what it holds was stored, ms. */
  readonly freshMs: { readonly p50: number; readonly p99: number; readonly max: number }
  readonly retries: number
}

const POLL_MS = 20
const STOP_TIMEOUT_MS = 10_000
const READS_AT_ONCE = 16
const MICROS = 1e6
const DROPPING = { prepare: false, readTimeout: 60_000 }

const asked = JSON.parse(process.argv[2]!) as AskedCase
const prepared = prepare(asked, Date.now())
const settings = readCassandraSettings(
  new SettingsReader({
    CASSANDRA_CONTACT_POINTS: asked.cassandra,
    CASSANDRA_KEYSPACE: asked.keyspace,
    CASSANDRA_REPLICATION: '1',
  }),
)
const connectDeps = { clock: systemClock, random: Math.random, onRetry: () => {} }
const open = (keyspace: string | null) => connect(settings, keyspace, connectDeps)
await migrate(open, settings, { clock: systemClock, onApplied: () => {} })
try {
  console.log(JSON.stringify(await measured(settings)))
} finally {
  await removeTraces(settings).catch((error) => console.error('could not clean up:', error))
}

async function removeTraces({ keyspace }: CassandraSettings): Promise<void> {
  const client = await open(null)
  try {
    await client.execute(`DROP KEYSPACE ${keyspace}`, [], DROPPING)
  } finally {
    await client.shutdown()
  }
}

async function measured({ keyspace, retention }: CassandraSettings): Promise<CaseResult> {
  const client = await connect(settings, keyspace, connectDeps, STATEMENTS)
  const requests = countRequests(client)
  const counts = new CassandraCounts(client, systemClock, retention.minutesMs)
  globalThis.gc?.()
  const { rate, events } = asked
  const before = { ...use(), ms: performance.now() }
  const log = new PacedLog(prepared.records, { clock: systemClock, rate, events })
  const freshMs: number[] = []
  const { processing, retries } = processingOf(log, watched(counts, log, freshMs))
  processing.own(await log.sources('events'))
  await until(() =>
    processing.drivers.every(({ checkpoint, source }) => {
      return (checkpoint?.offset ?? -1) + 1 >= prepared.records[source.partition]!.length
    }),
  )
  const seconds = (performance.now() - before.ms) / 1_000
  const after = use()
  const counted = processing.drivers.reduce((sum, { state }) => sum + state!.ledger.counted, 0)
  assert.equal(counted, prepared.distinct, 'events counted')
  const { writes, reads, rows } = { ...requests, rows: Object.fromEntries(requests.rows) }
  await processing.stop(STOP_TIMEOUT_MS)
  await checkSamples(counts, prepared)
  await client.shutdown()
  const { videos, spread, seed } = asked
  return {
    ...{ events, videos, spread, seed, rate, seconds, requests: writes, reads, rows },
    buckets: prepared.buckets,
    cpuSeconds: after.own - before.own,
    storeCpuSeconds: after.store - before.store,
    freshMs: { p50: quantile(freshMs, 0.5), p99: quantile(freshMs, 0.99), max: quantile(freshMs, 1) },
    retries: retries(),
  }
}

function use(): { own: number; store: number } {
  const { user, system } = process.cpuUsage()
  return {
    own: (user + system) / MICROS,
    store: asked.storePid === null ? 0 : cpuSeconds(asked.storePid),
  }
}

/** Notes at each checkpoint how long ago the records that it passes were read. */
function watched(counts: CassandraCounts, log: PacedLog, freshMs: number[]): CountWriter {
  const passed = prepared.records.map(() => 0)
  return {
    write: (sourceId, rows) => counts.write(sourceId, rows),
    hydrate: (sourceId, buckets) => counts.hydrate(sourceId, buckets),
    readCheckpoint: (sourceId) => counts.readCheckpoint(sourceId),
    async writeCheckpoint(sourceId, checkpoint) {
      await counts.writeCheckpoint(sourceId, checkpoint)
      const partition = Number(sourceId.slice(sourceId.indexOf('-') + 1))
      const nowMs = systemClock.nowMs()
      for (let offset = passed[partition]!; offset <= checkpoint.offset; offset++) {
        freshMs.push(nowMs - log.readAtMs[partition]![offset]!)
      }
      passed[partition] = checkpoint.offset + 1
    },
  }
}

/** With the default settings of the service. */
function processingOf(log: PacedLog, counts: CountWriter) {
  let retried = 0
  const deps = {
    log,
    counts,
    lanes: lanesOn(log),
    ...{ hints: null, snapshots: null },
    schemas: loadSchemas(),
    nameKey: NAME_KEY,
    clock: systemClock,
    random: Math.random,
    onRetry: () => retried++,
    onHalt: (_: unknown, error: unknown) => {
      console.error(error)
      process.exit(1)
    },
  }
  const driver = readDriverSettings(new SettingsReader(process.env), false)
  return { processing: new Processing(deps, driver), retries: () => retried }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await systemClock.sleep(POLL_MS)
}

async function checkSamples(reader: CountReader, { samples }: Prepared): Promise<void> {
  const rest = samples.entries()
  const worker = async () => {
    for (const [name, expected] of rest) {
      const [videoId, type] = name.split('|') as [string, string]
      const minutes = Array.from(expected.keys())
      const range = { from: Math.min(...minutes) - 10, to: Math.max(...minutes) + 10 }
      const series = { tenant: '', videoId, type }
      const { periods } = await reader.read(series, { resolution: 'minute', ...range })
      const found = new Map(periods.map(({ start, aggregate }) => [start, aggregate.count]))
      assert.deepEqual(new Map([...found].sort()), new Map([...expected].sort()), name)
    }
  }
  await Promise.all(Array.from({ length: READS_AT_ONCE }, worker))
}
