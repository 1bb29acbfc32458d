// Counts raw events on Apache Spark: recount.py, started by spark-submit, reads the files where they are kept, and
// leaves its result beside them, which is read here. A result is believed only if it is whole; each has a place of its
// own, so what a killed one leaves is never read, and removed later.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MIB } from '../../../lib/byte-units.ts'
import type { Clock } from '../../../lib/clock.ts'
import type { Environment } from '../../../lib/settings-reader.ts'
import { SECOND_MS } from '../../../model/bucket.ts'
import type { ObjectsSettings } from '../../objects/objects-settings.ts'
import type { EngineParts, MakeEngine } from '../duckdb/duckdb-archive.ts'
import { DuckdbEngine } from '../duckdb/duckdb-engine.ts'
import type { RawFile } from '../duckdb/layout.ts'
import type { InPlace } from '../duckdb/raw-files.ts'
import { engineBySize } from '../engine-by-size.ts'
import { oldestLiveSql } from '../oldest-live-sql.ts'
import type { RecountEngine, RecountedHours, RecountTask } from '../recount-engine.ts'
import { SparkPlace } from './spark-place.ts'
import { openResult, parseAnswer, type SparkAnswer } from './spark-result.ts'
import { isLocal, type SparkSettings } from './spark-settings.ts'
import { sparkSubmit } from './spark-submit.ts'

export type SparkEngineSettings = {
  readonly spark: SparkSettings
  /** Where the archive is. */
  readonly objects: ObjectsSettings
  readonly environment: Environment
  readonly clock: Clock
  /** Missing: recount.py. */
  readonly program?: string
}

const PROGRAM = fileURLToPath(new URL('recount.py', import.meta.url))
const BYTES_TOGETHER_MAX = 2 ** 40
/** Results that are this many times as old as a recount may take belong to nobody any more. */
const OLD = 2
/** Longer than who started it waits, who then ends it himself. */
const LIFE_SLACK_MS = 30 * SECOND_MS
/** A file is checked as a whole, in some copies. */
const MEMORY_PER_CHECKED_BYTE = 6
const PARTITIONS_PER_THREAD = 4
/** Of more files Spark finds out by a job with a task for each: on one machine that gains nothing. */
const FILES_LISTED_HERE_MAX = 100_000

const NOTHING: RecountedHours = {
  buckets: { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }) },
  async [Symbol.asyncDispose]() {},
}

export function sparkEngine(settings: SparkEngineSettings): MakeEngine {
  return (parts) => {
    const spark = new SparkEngine(settings, parts)
    const { bytesMin } = settings.spark
    return bytesMin === 0
      ? spark
      : engineBySize(new DuckdbEngine(parts.database, parts.rawFiles), spark, bytesMin)
  }
}

class SparkEngine implements RecountEngine {
  readonly bytesTogetherMax = BYTES_TOGETHER_MAX
  readonly #settings: SparkEngineSettings
  readonly #parts: EngineParts
  readonly #place: SparkPlace

  constructor(settings: SparkEngineSettings, parts: EngineParts) {
    this.#settings = settings
    this.#parts = parts
    this.#place = new SparkPlace(settings.objects, parts.objects)
  }

  count(task: RecountTask, signal: AbortSignal): Promise<RecountedHours> {
    const run = (files: readonly RawFile[]) => this.#run(task, files, signal)
    return this.#parts.rawFiles.readInPlace(task.files, task.relist, run, signal)
  }

  async #run(
    task: RecountTask,
    files: readonly RawFile[],
    signal: AbortSignal,
  ): Promise<InPlace<RecountedHours>> {
    signal.throwIfAborted()
    if (files.length === 0) return { found: NOTHING }
    const { database, objects } = this.#parts
    const { spark, clock } = this.#settings
    await this.#place.removeBefore(clock.nowMs() - OLD * spark.timeoutMs)
    const prefix = this.#place.newResult(clock.nowMs())
    await using stack = new AsyncDisposableStack()
    stack.defer(() => this.#place.remove(prefix).catch(() => {})) // else it is removed when it is old
    const unchecked = files.filter((file) => !task.checked.has(versionOf(file)))
    const answer = await this.#submit(task, files, unchecked, prefix, signal)
    const { counted } = answer
    if (counted === undefined) {
      const damaged = new Set(answer.damaged)
      return { damaged: files.filter(({ key }) => damaged.has(key)) }
    }
    for (const file of unchecked) task.checked.add(versionOf(file))
    const result = await openResult(database, objects, prefix, counted)
    stack.use(result)
    const opened = stack.move()
    return { found: { buckets: result.buckets, [Symbol.asyncDispose]: () => opened.disposeAsync() } }
  }

  async #submit(
    task: RecountTask,
    files: readonly RawFile[],
    unchecked: readonly RawFile[],
    prefix: string,
    signal: AbortSignal,
  ): Promise<SparkAnswer> {
    const job = basename(prefix)
    const { spark, environment, program = PROGRAM } = this.#settings
    const folder = join(this.#parts.database.scratchDirectory, job)
    const [order, answer] = [join(folder, 'order.json'), join(folder, 'answer.json')]
    await mkdir(folder)
    try {
      const asked = { ...this.#orderOf(task, files, unchecked, prefix), job, answer }
      await writeFile(order, JSON.stringify(asked))
      await sparkSubmit({
        home: spark.home,
        args: [...this.#flags(folder), program, order],
        environment: isLocal(spark) ? { ...environment, SPARK_LOCAL_IP: '127.0.0.1' } : environment,
        timeoutMs: spark.timeoutMs,
        signal,
      })
      return parseAnswer(await readFile(answer, 'utf8').catch(() => null), job)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  /** What recount.py is told. */
  #orderOf(task: RecountTask, files: readonly RawFile[], unchecked: readonly RawFile[], prefix: string) {
    const { hours, beforeMinute, aheadMs, range } = task
    const { spark } = this.#settings
    const { root } = this.#place
    return {
      root,
      out: `${root}/${prefix}`,
      keys: files.map(({ key }) => key),
      unchecked: unchecked.map(({ key, checksum }) => ({ key, crc32: checksum })),
      checksAtOnce: isLocal(spark) ? checksAtOnce(unchecked, spark.memoryMiB) : null,
      ...{ hours, beforeMinute, aheadMs, oldestLive: oldestLiveSql(task) },
      from: range?.from ?? null,
      to: range?.to ?? null,
      parentPid: process.pid,
      lifeS: (spark.timeoutMs + LIFE_SLACK_MS) / SECOND_MS,
    }
  }

  #flags(folder: string): readonly string[] {
    const { spark } = this.#settings
    const conf = {
      'spark.ui.enabled': 'false',
      'spark.log.level': 'WARN',
      'spark.driver.defaultJavaOptions': `"-Djava.io.tmpdir=${folder}"`,
      // Nobody's defaults may make it count less, or overflow in silence.
      'spark.sql.files.ignoreMissingFiles': 'false',
      'spark.sql.files.ignoreCorruptFiles': 'false',
      'spark.sql.ansi.enabled': 'true',
      'spark.sql.session.timeZone': 'UTC',
      ...(isLocal(spark) && localProperties(spark, folder)),
      ...this.#place.properties,
    }
    const flags = Object.entries(conf).flatMap(([name, value]) => ['--conf', `${name}=${value}`])
    return ['--master', spark.master, '--driver-memory', `${spark.memoryMiB}m`, ...flags]
  }
}

function localProperties(spark: SparkSettings, folder: string) {
  return {
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.driver.host': '127.0.0.1',
    'spark.local.dir': folder,
    'spark.sql.shuffle.partitions': String(PARTITIONS_PER_THREAD * threadsOf(spark)),
    'spark.sql.sources.parallelPartitionDiscovery.threshold': String(FILES_LISTED_HERE_MAX),
  }
}

function threadsOf({ master }: SparkSettings): number {
  const [, threads] = /^local\[(\d+)\]$/.exec(master) ?? []
  return threads === undefined ? availableParallelism() : Number(threads)
}

/** How many files may be in memory at the same time. */
function checksAtOnce(files: readonly RawFile[], memoryMiB: number): number {
  const largest = files.reduce((most, { bytes }) => Math.max(most, bytes), 1)
  return Math.max(1, Math.floor((memoryMiB * MIB) / (MEMORY_PER_CHECKED_BYTE * largest)))
}

/** Names these bytes: a file that was written again has another one. */
function versionOf({ key, bytes, modifiedMs }: RawFile): string {
  return `${key} ${bytes} ${modifiedMs}`
}
