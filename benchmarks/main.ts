// npm run bench: each benchmark in its own process, one after the other.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { helpIfAsked, misused } from '../lib/command-line.ts'
import { AGAINST } from './against.ts'
import { NOTES } from './notes.ts'
import { loadNow, resultsOf } from './result-file.ts'

const BENCHMARKS: ReadonlyMap<string, URL> = new Map([
  ['step', new URL('./step.ts', import.meta.url)],
  ['decode', new URL('./decode.ts', import.meta.url)],
  ['dedup', new URL('./dedup.ts', import.meta.url)],
  ['flood', new URL('./flood.ts', import.meta.url)],
  ['query', new URL('./query.ts', import.meta.url)],
  ['compression', new URL('./compression.ts', import.meta.url)],
  ['ingest', new URL('./ingest.ts', import.meta.url)],
  ['batch', new URL('./batch.ts', import.meta.url)],
  ['shared-recount', new URL('./shared-recount.ts', import.meta.url)],
  ['live', new URL('./live.ts', import.meta.url)],
  ['memory', new URL('./memory.ts', import.meta.url)],
  ['stall', new URL('./stall.ts', import.meta.url)],
  ['sdk', new URL('./sdk.ts', import.meta.url)],
  ['sizes', new URL('./sizes.ts', import.meta.url)],
  ['dimensions', new URL('./dimensions.ts', import.meta.url)],
])

/** Instead of `ingest`, where numbers of workers are compared. */
const WORKERS = new URL('./ingest-workers.ts', import.meta.url)

/** These have flags of their own. */
const ON_REAL_SERVERS: ReadonlyMap<string, URL> = new Map([
  ['cluster', new URL('./cluster/main.ts', import.meta.url)],
  ['kafka-clients', new URL('./kafka-clients.ts', import.meta.url)],
  ['top-week', new URL('./top-week/main.ts', import.meta.url)],
  ['tail', new URL('./tail/main.ts', import.meta.url)],
  ['rollups', new URL('./rollups.ts', import.meta.url)],
  ['titles', new URL('./titles.ts', import.meta.url)],
])

const COMMAND = {
  usage: `npm run bench [-- NAME…] [--quick]       ${[...BENCHMARKS.keys()].join(', ')}; all, where none is named
npm run bench -- step --against=DIR      our core beside that of another checkout, in turns
npm run bench -- ingest --workers 1,2    the front door with so many workers, in turns
npm run bench -- query --cluster         answers on Cassandra and Redis
npm run bench -- cluster [flags]         counting on real servers beside Kafka Streams and others
npm run bench -- tail [flags]            what a long tail of videos costs on Cassandra
npm run bench -- kafka-clients           two client libraries side by side; KAFKA_BROKERS says where
npm run bench -- rollups                 an hour of many series on the Cassandra that CASSANDRA_CONTACT_POINTS names
npm run bench -- titles [flags]          titles shared, and on the disk of each process; on the same Cassandra
npm run bench -- top-week [flags]        a week of top lists on a real Redis of 256 MB, each answer beside the truth

  --quick        small, to see that the answers are right
  --json FILE    also writes what one benchmark found, with the machine, its load, and the commit;
                 files in benchmarks/results are what npm run capacity and npm run bench:report read`,
}

const { value: json, rest: others } = takeValue('--json', 'a file', process.argv.slice(2))
const { value: workers, rest } = takeValue('--workers', 'numbers like 1,2', others)
const [first = '', ...flags] = rest
const onRealServers = ON_REAL_SERVERS.get(first)
if (onRealServers !== undefined) process.exit(runOne(first, onRealServers, flags))

helpIfAsked(COMMAND)
const options = rest.filter((arg) => arg.startsWith('--'))
const names = rest.filter((arg) => !arg.startsWith('--'))
const unknown = [
  ...names.filter((name) => !BENCHMARKS.has(name)),
  ...options.filter((option) => {
    if (option.startsWith(AGAINST)) return !names.includes('step')
    return option !== '--quick' && !(option === '--cluster' && names.includes('query'))
  }),
]
if (unknown.length > 0) misused(`bench: no ${unknown.join(', ')}`, COMMAND)
if (workers !== null && names.join() !== 'ingest') misused('--workers goes with ingest', COMMAND)
if (json !== null && names.length !== 1) misused('--json goes with one benchmark', COMMAND)

if (workers !== null) process.exit(runOne('ingest', WORKERS, [`--workers=${workers}`, ...options]))

const failed: string[] = []
for (const name of names.length > 0 ? names : BENCHMARKS.keys()) {
  if (runOne(name, BENCHMARKS.get(name)!, options) !== 0) failed.push(name)
}
if (options.includes('--quick')) console.log('\nQuick: the answers are right, the figures mean little.')
if (failed.length > 0) {
  console.error(`bench: ${failed.join(', ')} failed`)
  process.exit(1)
}

/** The value of a flag, null where it is not given, and the other arguments. */
function takeValue(flag: string, what: string, args: readonly string[]) {
  const at = args.findIndex((arg) => arg === flag || arg.startsWith(`${flag}=`))
  if (at < 0) return { value: null, rest: args }
  const [, inline] = args[at]!.split(/=(.*)/s)
  const value = inline ?? args[at + 1] ?? ''
  if (value === '' || value.startsWith('-')) misused(`${flag} needs ${what}`, COMMAND)
  return { value, rest: args.toSpliced(at, inline === undefined ? 2 : 1) }
}

/** Returns its exit code. */
function runOne(name: string, { pathname }: URL, args: readonly string[]): number {
  const run = (env: NodeJS.ProcessEnv) =>
    spawnSync(process.execPath, ['--expose-gc', pathname, ...args], { stdio: 'inherit', env }).status ?? 1
  if (json === null) return run(process.env)
  const directory = mkdtempSync(join(tmpdir(), 'tally-bench-'))
  try {
    const notes = join(directory, 'notes')
    writeFileSync(notes, '')
    const before = { at: new Date().toISOString(), loadBefore: loadNow() }
    const status = run({ ...process.env, [NOTES]: notes })
    if (status !== 0) return status
    const results = resultsOf({ benchmark: name, args, ...before }, notes)
    writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`)
    return 0
  } finally {
    rmSync(directory, { recursive: true })
  }
}
