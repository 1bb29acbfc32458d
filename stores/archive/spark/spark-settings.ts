// Which engine recounts, and how Spark is started. What else Spark needs is in its own configuration
// (SPARK_HOME/conf/spark-defaults.conf).
import { isAbsolute } from 'node:path'
import { MIB } from '../../../lib/byte-units.ts'
import type { SettingsReader } from '../../../lib/settings-reader.ts'
import { SECOND_MS } from '../../../model/bucket.ts'

export type SparkSettings = {
  /** The directory of a Spark distribution. */
  readonly home: string
  /** As Spark names it: `local[2]`, `spark://host:7077`, `yarn`, `k8s://https://host`. */
  readonly master: string
  /** Of the driver, which is here; with a local master, of all of Spark. */
  readonly memoryMiB: number
  /** How long one recount may take. */
  readonly timeoutMs: number
  /** What has fewer bytes of raw files is recounted in DuckDB; 0: nothing. */
  readonly bytesMin: number
}

export type RecountEngineSettings =
  | { readonly kind: 'duckdb' }
  | { readonly kind: 'spark'; readonly spark: SparkSettings }

const MASTER = /^(local\[([1-9]\d{0,3}|\*)\]|spark:\/\/[^\s/]+:\d+(,[^\s/]+:\d+)*|yarn|k8s:\/\/\S+)$/

/** @param threads of a recount in this process */
export function readRecountEngine(read: SettingsReader, threads: number): RecountEngineSettings {
  const kind = read.oneOf('RECOUNT_ENGINE', 'duckdb', ['duckdb', 'spark'])
  const local = `local[${threads}]`
  const spark: SparkSettings = {
    home: read.text('SPARK_HOME', ''), // others may have set it for Spark: it matters only where Spark is wanted
    master: read.parsed('SPARK_MASTER', (value) => parseMaster(value ?? local), local),
    memoryMiB: read.wholeNumber('SPARK_MIB_MAX', 2_048, { least: 1_024, most: 1 << 20 }),
    timeoutMs: read.wholeNumber('SPARK_TIMEOUT_S', 3_600, { least: 60, most: 43_200 }) * SECOND_MS,
    bytesMin: read.wholeNumber('SPARK_FROM_MIB', 0, { least: 0, most: 1 << 20 }) * MIB,
  }
  if (kind === 'duckdb') return { kind }
  if (!isAbsolute(spark.home))
    read.refuse('RECOUNT_ENGINE=spark needs SPARK_HOME: the absolute path of the directory of Apache Spark')
  return { kind, spark }
}

export function isLocal({ master }: Pick<SparkSettings, 'master'>): boolean {
  return master.startsWith('local[')
}

function parseMaster(value: string): string {
  if (MASTER.test(value)) return value
  throw new Error(
    `must be local[THREADS], spark://HOST:PORT, yarn or k8s://URL, not ${JSON.stringify(value)}`,
  )
}
