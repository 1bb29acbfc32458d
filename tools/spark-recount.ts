// npm run spark-recount: recounts the raw events of an archive on Apache Spark, into Parquet files of buckets.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { readInfraSettings } from '../infra/settings.ts'
import { recountBySpark, type SparkQuestion } from '../infra/spark/spark-recount.ts'
import { helpIfAsked } from '../lib/command-line.ts'
import { readCountedWindow } from '../lib/event-window.ts'
import { Fault } from '../lib/fault.ts'
import { parsed, wholeNumber } from '../lib/flags.ts'
import { FlagsReader } from '../lib/flags-reader.ts'
import { type Environment, SettingsReader } from '../lib/settings-reader.ts'
import { minuteOf } from '../model/bucket.ts'
import { timeMsOf } from '../model/parse-time.ts'
import { readObjectsSettings } from '../stores/objects/objects-settings.ts'

const COMMAND = {
  usage: 'npm run spark-recount -- --out DIRECTORY [flags]',
  flags: {
    out: parsed('DIRECTORY', 'for the buckets, as Parquet files; what is there is replaced', null, (given) =>
      resolve(given),
    ),
    archive: parsed('DIRECTORY', 'where the raw events are (default: what ARCHIVE_URL says)', null, (given) =>
      resolve(given),
    ),
    from: parsed('TIME', 'RFC 3339, whole minutes (default: from the beginning)', 0, minuteAt),
    to: parsed('TIME', 'half-open (default: until now)', null, minuteAt),
    cores: wholeNumber('NUMBER', 'of this machine', 2, { least: 1, most: 1_024 }),
    'memory-mib': wholeNumber('NUMBER', 'that Spark may take', 2_048, { least: 512, most: 1 << 20 }),
  },
  notes:
    'HORIZON_MS and AHEAD_MS must be those of the services. For Spark on a cluster: infra/spark/README.md',
}

type Order = { readonly question: SparkQuestion; readonly cores: number; readonly memoryMib: number }

helpIfAsked(COMMAND, true)
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
  const flags = new FlagsReader(COMMAND, args)
  const { out, archive, from: fromMinute, to, cores, 'memory-mib': memoryMib } = flags.values
  flags.refuseIf(!flags.isGiven('out'), '--out must name a directory')
  flags.check()
  const read = new SettingsReader(environment)
  const place = readObjectsSettings(read, read.text('DATA_DIR', './data'))
  const { horizonMs, aheadMs } = readCountedWindow(read)
  read.check()
  const question = {
    archive: archive ?? resolve(directoryOf(place)),
    out: out!,
    fromMinute,
    beforeMinute: to ?? minuteOf(Date.now()),
    horizonMs,
    aheadMs,
  }
  return { question, cores, memoryMib }
}

function directoryOf(archive: ReturnType<typeof readObjectsSettings>): string {
  if (archive.kind === 'file') return archive.directory
  throw new Fault('ARCHIVE_URL is a bucket: read it by spark-submit, as infra/spark/README.md says')
}

function minuteAt(text: string): number {
  const timeMs = timeMsOf(text)
  if (timeMs === null)
    throw new Error(`must be a time like 2026-11-21T00:00:00Z, not ${JSON.stringify(text)}`)
  return minuteOf(timeMs)
}
