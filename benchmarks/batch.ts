// The batch layer: how fast raw events are archived, how small they become, and how fast they are recounted, by
// DuckDB through the port and by Spark on the same files, compared with one SQL statement over a CSV file of the same
// events.
import assert from 'node:assert/strict'
import { createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { InfraFault } from '../infra/fault.ts'
import { readInfraSettings } from '../infra/settings.ts'
import { type InstalledSpark, installSpark } from '../infra/spark/install-spark.ts'
import { systemClock } from '../lib/system-clock.ts'
import { HOUR_MS, hourOf, MINUTES_PER_HOUR, minuteOf } from '../model/bucket.ts'
import type { Aggregate } from '../model/total.ts'
import type { Archive, RecountedBucket } from '../stores/archive/archive.ts'
import { openArchive } from '../stores/archive/duckdb/duckdb-archive.ts'
import { sparkEngine } from '../stores/archive/spark/spark-engine.ts'
import { openLocalObjects } from '../stores/objects/local-objects.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { csvOf, recountCsv } from './csv-recount.ts'
import { figure } from './notes.ts'
import { type AsyncContender, raceAsync } from './race.ts'
import { AHEAD_MS, HORIZON_MS, LATE_MS_MAX, type RawWorkload, rawBatches } from './raw-workload.ts'
import { print, type Row, speeds } from './report.ts'
import { scaleOf } from './scale.ts'

type Filled = { readonly seconds: number; readonly cpuUs: number; readonly distinct: number }
/** A line of text for each bucket, unordered; produced after the time was taken. */
type Answer = () => Promise<string[]>

const START_MS = Date.UTC(2026, 0, 5, 12)
const ROUNDS_MAX = 3
const CORES = 2
const MEMORY_MIB = 1_024

/** Of each recount through the port. */
const recountCpuUs: number[] = []
const { quick, rounds } = scaleOf(process.argv)
const workload: RawWorkload = {
  events: quick ? 50_000 : 2_000_000,
  startMs: START_MS,
  spanMs: quick ? HOUR_MS / 4 : 3 * HOUR_MS,
}
const fromMinute = hourOf(minuteOf(START_MS - LATE_MS_MAX - 2 * HORIZON_MS))
const beforeMinute = hourOf(minuteOf(START_MS + workload.spanMs)) + MINUTES_PER_HOUR
const window = { horizonMs: HORIZON_MS, aheadMs: AHEAD_MS }

const { programs } = readInfraSettings(process.env)

await using directory = await temporaryDirectory()
const path = (name: string) => join(directory.path, name)
const csv = path('events.csv')
const archive = await openArchive({
  objects: await openLocalObjects(path('archive')),
  scratchDirectory: path('scratch'),
  memoryMiB: MEMORY_MIB,
  threads: CORES,
})
try {
  const filled = await fill(archive)
  print('batch: archived as Parquet', [await sizes(filled)])
  await race(filled.distinct)
} finally {
  await archive.close()
}

/** Stores everything, and also writes it to a CSV file. */
async function fill(archive: Archive): Promise<Filled> {
  let seconds = 0
  let cpuUs = 0
  const ids = new Set<string>()
  async function* lines() {
    for (const batch of rawBatches(workload)) {
      const [startedMs, cpu] = [performance.now(), process.cpuUsage()]
      await archive.store(batch)
      seconds += (performance.now() - startedMs) / 1_000
      cpuUs += cpuUsSince(cpu)
      for (const { id } of batch.events) ids.add(id)
      yield csvOf(batch)
    }
  }
  await pipeline(lines, createWriteStream(csv))
  return { seconds, cpuUs, distinct: ids.size }
}

async function sizes({ seconds, cpuUs }: Filled): Promise<Row> {
  const bytes = sum((await archive.holdings()).map((holding) => holding.bytes))
  figure('archive', 'CPU µs an event', [cpuUs / workload.events])
  figure('archive.bytes', 'bytes an event', [bytes / workload.events])
  return {
    events: workload.events,
    'events/s': Math.round(workload.events / seconds),
    'bytes/event': bytes / workload.events,
    'bytes/event as CSV': (await stat(csv)).size / workload.events,
  }
}

/** `distinct`: how many events must be counted. */
async function race(distinct: number): Promise<void> {
  const contenders: AsyncContender<Answer>[] = [
    { name: 'DuckDB on the archive, through the port', run: recountInDuckdb },
    { name: 'one SQL statement over a CSV file', run: recountFile },
  ]
  const spark = quick ? null : await sparkOrNone()
  if (spark !== null) {
    const run = () => recountOnSpark(spark)
    contenders.push({ name: 'Spark on the archive, its start included', run })
  }
  let expected: readonly string[] | undefined
  const standings = await raceAsync(contenders, Math.min(rounds, ROUNDS_MAX), async (answer, name) => {
    const lines = (await answer()).sort()
    expected ??= lines
    assert.equal(lines.length, expected.length, name)
    for (const [i, line] of lines.entries()) assert.equal(line, expected[i], name)
    assert.equal(sum(lines.map(countOf)), distinct, name)
  })
  print(`batch: recount, ${CORES} threads each`, speeds(standings, workload.events))
  const [, ...measured] = recountCpuUs // the first is not raced
  figure(
    'recount',
    'CPU µs an event',
    measured.map((us) => us / workload.events),
  )
}

async function recountInDuckdb(): Promise<Answer> {
  const cpu = process.cpuUsage()
  const all = await recounted(archive)
  recountCpuUs.push(cpuUsSince(cpu))
  return async () => all.map(lineOf)
}

async function recounted(counted: Archive): Promise<readonly RecountedBucket[]> {
  const hours = []
  for (let hour = fromMinute; hour < beforeMinute; hour += MINUTES_PER_HOUR) hours.push(hour)
  const { buckets } = await counted.recount({ hours, beforeMinute, ...window })
  const all: RecountedBucket[] = []
  for await (const lot of buckets) for (const bucket of lot) all.push(bucket)
  return all
}

async function recountFile(): Promise<Answer> {
  const rows = await recountCsv(csv, { threads: CORES, ...window })
  return async () => rows.map((row) => row.join(' '))
}

async function recountOnSpark({ home, python }: InstalledSpark): Promise<Answer> {
  const spark = { home, master: `local[${CORES}]`, memoryMiB: MEMORY_MIB, timeoutMs: HOUR_MS, bytesMin: 0 }
  const objects = { kind: 'file', directory: path('archive') } as const
  const environment = { ...process.env, PYSPARK_PYTHON: python }
  const counted = await openArchive({
    ...{ objects: await openLocalObjects(path('archive')), scratchDirectory: path('spark') },
    ...{ memoryMiB: MEMORY_MIB, threads: CORES },
    engine: sparkEngine({ spark, objects, environment, clock: systemClock }),
  })
  try {
    const all = await recounted(counted)
    return async () => all.map(lineOf)
  } finally {
    await counted.close()
  }
}

async function sparkOrNone(): Promise<InstalledSpark | null> {
  try {
    return await installSpark(programs)
  } catch (error) {
    if (!(error instanceof InfraFault)) throw error
    console.error(`batch: without Spark, because ${error.message}`)
    return null
  }
}

function cpuUsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return user + system
}

function lineOf({ bucket: { tenant, videoId, type, minute }, all, onTime }: RecountedBucket): string {
  return [tenant, videoId, type, minute, ...columnsOf(all), ...columnsOf(onTime)].join(' ')
}

function columnsOf({ count, values, sum, min, max }: Aggregate) {
  return [count, values, sum, min, max]
}

/** No name in the workload has a space. */
function countOf(line: string): number {
  return Number(line.split(' ')[4])
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
