// npm run bench: each benchmark in its own process, one after the other.
import { spawnSync } from 'node:child_process'
import { helpIfAsked, misused } from '../lib/command-line.ts'
import { AGAINST } from './against.ts'

const BENCHMARKS: ReadonlyMap<string, URL> = new Map([
  ['step', new URL('./step.ts', import.meta.url)],
  ['decode', new URL('./decode.ts', import.meta.url)],
  ['dedup', new URL('./dedup.ts', import.meta.url)],
  ['flood', new URL('./flood.ts', import.meta.url)],
  ['query', new URL('./query.ts', import.meta.url)],
  ['ingest', new URL('./ingest.ts', import.meta.url)],
  ['batch', new URL('./batch.ts', import.meta.url)],
  ['shared-recount', new URL('./shared-recount.ts', import.meta.url)],
  ['live', new URL('./live.ts', import.meta.url)],
  ['memory', new URL('./memory.ts', import.meta.url)],
  ['stall', new URL('./stall.ts', import.meta.url)],
  ['sdk', new URL('./sdk.ts', import.meta.url)],
])

/** These have flags of their own. */
const ON_REAL_SERVERS: ReadonlyMap<string, URL> = new Map([
  ['cluster', new URL('./cluster/main.ts', import.meta.url)],
  ['kafka-clients', new URL('./kafka-clients.ts', import.meta.url)],
  ['top-week', new URL('./top-week.ts', import.meta.url)],
  ['tail', new URL('./tail/main.ts', import.meta.url)],
  ['rollups', new URL('./rollups.ts', import.meta.url)],
])

const COMMAND = {
  usage: `npm run bench [-- NAME…] [--quick]       ${[...BENCHMARKS.keys()].join(', ')}; all, where none is named
npm run bench -- step --against=DIR      our core beside that of another checkout, in turns
npm run bench -- query --cluster         answers on Cassandra and Redis
npm run bench -- cluster [flags]         counting on real servers beside Kafka Streams and others
npm run bench -- tail [flags]            what a long tail of videos costs on Cassandra
npm run bench -- kafka-clients           two client libraries side by side; KAFKA_BROKERS says where
npm run bench -- rollups                 an hour of many series on the Cassandra that CASSANDRA_CONTACT_POINTS names
npm run bench -- top-week                a week of top lists in the Redis that REDIS_URL names, which it empties

  --quick   small, to see that the answers are right`,
}

const [first = '', ...flags] = process.argv.slice(2)
const onRealServers = ON_REAL_SERVERS.get(first)
if (onRealServers !== undefined) {
  process.exit(
    spawnSync(process.execPath, [onRealServers.pathname, ...flags], { stdio: 'inherit' }).status ?? 1,
  )
}

helpIfAsked(COMMAND)
const options = process.argv.slice(2).filter((arg) => arg.startsWith('--'))
const names = process.argv.slice(2).filter((arg) => !arg.startsWith('--'))
const unknown = [
  ...names.filter((name) => !BENCHMARKS.has(name)),
  ...options.filter((option) => {
    if (option.startsWith(AGAINST)) return !names.includes('step')
    return option !== '--quick' && !(option === '--cluster' && names.includes('query'))
  }),
]
if (unknown.length > 0) misused(`bench: no ${unknown.join(', ')}`, COMMAND)

const failed: string[] = []
for (const name of names.length > 0 ? names : BENCHMARKS.keys()) {
  const { pathname } = BENCHMARKS.get(name)!
  const { status } = spawnSync(process.execPath, ['--expose-gc', pathname, ...options], { stdio: 'inherit' })
  if (status !== 0) failed.push(name)
}
if (options.includes('--quick')) console.log('\nQuick: the answers are right, the figures mean little.')
if (failed.length > 0) {
  console.error(`bench: ${failed.join(', ')} failed`)
  process.exit(1)
}
