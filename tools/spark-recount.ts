// npm run spark-recount: recounts the raw events of an archive on Apache Spark, into Parquet files of buckets.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { InfraFault } from '../infra/fault.ts'
import { readInfraSettings } from '../infra/settings.ts'
import { recountBySpark, type SparkQuestion } from '../infra/spark/spark-recount.ts'
import { helpIfAsked } from '../lib/command-line.ts'
import { readCountedWindow } from '../lib/event-window.ts'
import { Fault } from '../lib/fault.ts'
import { type Environment, SettingsReader } from '../lib/settings-reader.ts'
import { minuteOf } from '../model/bucket.ts'
import { timeMsOf } from '../model/parse-time.ts'
import { readObjectsSettings } from '../stores/objects/objects-settings.ts'

const USAGE = `npm run spark-recount -- --out DIRECTORY [flags]

  --out DIRECTORY      for the buckets, as Parquet files; what is there is replaced
  --archive DIRECTORY  where the raw events are (default: what ARCHIVE_URL says)
  --from, --to TIME    RFC 3339, half-open, whole minutes (default: everything until now)
  --cores NUMBER       default 2
  --memory-mib NUMBER  default 2048

HORIZON_MS and AHEAD_MS must be those of the services. For Spark on a cluster: infra/spark/README.md`

const FLAGS = ['out', 'archive', 'from', 'to', 'cores', 'memory-mib'] as const
const DEFAULT_CORES = 2
const DEFAULT_MEMORY_MIB = 2_048

type Order = { readonly question: SparkQuestion; readonly cores: number; readonly memoryMib: number }

helpIfAsked(USAGE, true)
await main()

async function main(): Promise<void> {
  try {
    const { question, ...size } = readOrder(process.argv.slice(2), process.env)
    const scratchDirectory = await mkdtemp(join(tmpdir(), 'tally-spark-'))
    try {
      const { programs } = readInfraSettings(process.env)
      await recountBySpark(question, { ...size, programs, scratchDirectory })
      console.log(`the buckets are in ${question.out}`)
    } finally {
      await rm(scratchDirectory, { recursive: true, force: true })
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    console.error(`spark-recount: ${error.message}`)
    process.exitCode = 1
  }
}

function readOrder(args: readonly string[], environment: Environment): Order {
  const read = new SettingsReader({ ...environment, ...flagsOf(args) })
  const archive = readObjectsSettings(read, read.text('DATA_DIR', './data'))
  const { horizonMs, aheadMs } = readCountedWindow(read)
  const question = {
    archive: read.parsed('--archive', (value) => resolve(value ?? directoryOf(archive)), ''),
    out: read.parsed('--out', (value) => resolve(value ?? missing('a directory')), ''),
    fromMinute: read.parsed('--from', (value) => minuteAt(value ?? '1970-01-01T00:00:00Z'), 0),
    beforeMinute: read.parsed('--to', (value) => minuteAt(value ?? new Date().toISOString()), 0),
    horizonMs,
    aheadMs,
  }
  const cores = read.wholeNumber('--cores', DEFAULT_CORES, { least: 1, most: 1_024 })
  const memoryMib = read.wholeNumber('--memory-mib', DEFAULT_MEMORY_MIB, { least: 512, most: 1 << 20 })
  read.check()
  return { question, cores, memoryMib }
}

function flagsOf(args: readonly string[]): Environment {
  const options = Object.fromEntries(FLAGS.map((flag) => [flag, { type: 'string' as const }]))
  try {
    const { values } = parseArgs({ args: [...args], options })
    return Object.fromEntries(Object.entries(values).map(([flag, value]) => [`--${flag}`, value]))
  } catch (cause) {
    throw new InfraFault('usage', `${(cause as Error).message}\n\n${USAGE}`, { cause })
  }
}

function directoryOf(archive: ReturnType<typeof readObjectsSettings>): string {
  if (archive.kind === 'file') return archive.directory
  throw new Error('ARCHIVE_URL is a bucket: read it by spark-submit, as infra/spark/README.md says')
}

function minuteAt(text: string): number {
  const timeMs = timeMsOf(text)
  if (timeMs === null)
    throw new Error(`must be a time like 2026-11-21T00:00:00Z, not ${JSON.stringify(text)}`)
  return minuteOf(timeMs)
}

function missing(what: string): never {
  throw new Error(`must name ${what}`)
}
