// All contenders on the same servers and the same events, one after the other.
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Kind } from '../../infra/nodes.ts'
import { openServers, type Servers } from '../../infra/servers.ts'
import { UsageFault } from '../../lib/flags-reader.ts'
import { unlessAborted } from '../../lib/interruption.ts'
import { MINUTE_MS } from '../../model/bucket.ts'
import type { Layout } from '../../model/layout.ts'
import type { Options } from './cluster-options.ts'
import { type LogPlace, makeTopics, RunCounts, withLog } from './contenders/ports.ts'
import type { RunSettings } from './contenders/run.ts'
import { CONTENDERS, type Contender, commandOf, javaOf, type Topic } from './contenders.ts'
import { eventStream, SPAN_MS } from './event-stream.ts'
import { buildJava, type JavaProgram } from './java.ts'
import { fillJsonTopic, kafkaOf, removeTraces } from './json-topic.ts'
import { type Measured, measure } from './measure.ts'
import { fillRecordTopic } from './record-topic.ts'
import { judge, readAnswer, type Truth, truthOf } from './reference-counts.ts'
import { storedCounts } from './stored-counts.ts'

/** Redis has 16 databases; the last is emptied here. */
const REDIS_DATABASE = 15
const FILLING_CLIENT = 'platformatic'

/** What one comparison leaves in servers and files, all named after `name`. */
type Place = {
  readonly name: string
  readonly directory: string
  readonly servers: Servers
  readonly brokers: readonly string[]
  readonly redisUrl: string
  readonly cassandra: string
  readonly classPaths: ReadonlyMap<JavaProgram, string>
}

/** What all contenders count. */
type Filled = {
  /** Names of topics; of a log the first part of its topics' names. */
  readonly topics: ReadonlyMap<Topic, string>
  readonly truth: Truth
}

/** When the signal is aborted, servers that were started here are stopped, and it fails. */
export async function compare(options: Options, signal: AbortSignal): Promise<Measured[]> {
  const chosen = choose(options.only)
  const servers = await openServers()
  const classPaths = new Map<JavaProgram, string>()
  for (const name of javaOf(chosen)) classPaths.set(name, await buildJava(servers.settings.programs, name))
  const kinds = new Set<Kind>(['kafka', ...chosen.map(({ store }) => store).filter((kind) => kind !== null)])
  const running = new Set(
    (await servers.status()).filter(({ state }) => state === 'up').map(({ node }) => node.kind),
  )
  const endpoints = await servers.up(Object.fromEntries(Array.from(kinds, (kind) => [kind, 1])), signal)
  const name = `bench-${Date.now()}`
  const place: Place = {
    name,
    directory: await mkdtemp(join(servers.settings.directory, `${name}-`)),
    servers,
    brokers: endpoints.kafka!,
    redisUrl: `${endpoints.redis?.[0]}/${REDIS_DATABASE}`,
    cassandra: endpoints.cassandra?.[0] ?? '',
    classPaths,
  }
  try {
    return await unlessAborted(runAll(chosen, options, place), signal)
  } finally {
    await tidied(removeTraces(kafkaOf(place.brokers), name))
    await rm(place.directory, { recursive: true, force: true })
    await servers.down(Array.from(kinds).filter((kind) => !running.has(kind)))
  }
}

/** If a contender fails, the figures of the others are still printed, with an exit code. */
async function runAll(chosen: readonly Contender[], options: Options, place: Place): Promise<Measured[]> {
  const filled = await fill(chosen, options, place)
  const measured: Measured[] = []
  await warmUp(chosen, options, place, filled)
  for (let round = 1; round <= options.rounds; round++) {
    for (const contender of orderIn(round, chosen)) {
      try {
        const run = await runOne(
          contender,
          `${place.name}-${contender.name}-${round}`,
          options,
          place,
          filled,
        )
        const { counter, broker, store } = run.cpu
        const cpu = [counter, broker, store].map((seconds) => seconds.toFixed(1)).join(' + ')
        console.error(
          `round ${round}, ${run.name}: ${run.wallSeconds.toFixed(1)} s, ${cpu} CPU-s (counter + broker + store)`,
        )
        measured.push(run)
      } catch (error) {
        console.error(`round ${round}, ${contender.name} failed:`, error)
        process.exitCode = 1
      }
    }
  }
  return measured
}

/**
 * One run that is not shown: whoever comes first finds servers that have not compiled their code yet, and pays for it
 * with more of their CPU time than all that it writes.
 */
async function warmUp(
  chosen: readonly Contender[],
  options: Options,
  place: Place,
  filled: Filled,
): Promise<void> {
  const contender = chosen.find(({ store }) => store === 'cassandra') ?? chosen[0]!
  console.error(`warming up the servers with ${contender.name}`)
  await runOne(contender, `${place.name}-warm-up`, options, place, filled).catch((error) =>
    console.error('the servers are not warm:', error),
  )
}

/** Each round begins with another contender: servers are warmer for those behind. */
function orderIn(round: number, chosen: readonly Contender[]): readonly Contender[] {
  const first = (round - 1) % chosen.length
  return [...chosen.slice(first), ...chosen.slice(0, first)]
}

/** The events end about now, so that all of them are on time by log time too. */
async function fill(chosen: readonly Contender[], options: Options, place: Place): Promise<Filled> {
  const { events, seed, partitions, eventsPerRecord } = options
  const { name, brokers } = place
  const startMs = Math.floor((Date.now() - SPAN_MS) / MINUTE_MS) * MINUTE_MS
  const stream = () => eventStream({ events, startMs, seed })
  const layout: Layout = { version: 1, fromMinute: 0, partitions, splits: new Map(), dedicated: new Map() }
  const topics = new Map<Topic, string>()
  if (chosen.some(({ topic }) => topic !== 'messages')) {
    console.error(`filling a topic with ${events} events in records of ${eventsPerRecord}`)
    const log: LogPlace = { client: FILLING_CLIENT, brokers, prefix: `${name}-records` }
    topics.set('log', log.prefix).set('records', await makeTopics(log, partitions))
    await withLog(log, (log) => fillRecordTopic(log, layout, stream(), eventsPerRecord))
  }
  if (chosen.some(({ topic }) => topic === 'messages')) {
    console.error(`filling a topic with ${events} messages`)
    topics.set('messages', `${name}-messages`)
    await fillJsonTopic(kafkaOf(brokers), topics.get('messages')!, layout, stream())
  }
  return { topics, truth: truthOf(stream()) }
}

async function runOne(
  contender: Contender,
  run: string,
  { partitions, events, intervalMs, profileDirectory }: Options,
  { servers, directory, brokers, redisUrl, cassandra, classPaths }: Place,
  { topics, truth }: Filled,
): Promise<Measured> {
  const pids = new Map((await servers.status()).map(({ node, pid }) => [node.kind, pid]))
  const stateDirectory = join(directory, 'state')
  const counts = contender.store === 'cassandra' ? new RunCounts(cassandra, run) : null
  const settings: RunSettings = {
    ...{ brokers, run, partitions, events, intervalMs, redisUrl, cassandra },
    topic: topics.get(contender.topic)!,
    answerFile: join(directory, 'answer.tsv'),
    keyspace: counts?.keyspace ?? '',
    retentionMs: counts?.retentionMs ?? 0,
  }
  const around = {
    ...commandOf(contender, classPaths),
    brokerPid: pids.get('kafka') ?? null,
    storePid: contender.store === null ? null : (pids.get(contender.store) ?? null),
    ...{ stateDirectory, profileDirectory },
  }
  const answer = async () => (counts === null ? readAnswer(settings.answerFile) : storedCounts(counts, truth))
  await counts?.make()
  try {
    return await measure(contender, settings, around, async () => judge(truth, await answer()))
  } finally {
    await Promise.all([
      tidied(counts?.drop()),
      tidied(removeTraces(kafkaOf(brokers), run)),
      rm(stateDirectory, { recursive: true, force: true }),
    ])
  }
}

/** What cannot be removed must not hide why a run failed. */
async function tidied(removing: Promise<void> | undefined): Promise<void> {
  await removing?.catch((error) => console.error('could not clean up:', error))
}

function choose(only: readonly string[]): readonly Contender[] {
  const names = CONTENDERS.map(({ name }) => name)
  const unknown = only.filter((name) => !names.includes(name))
  if (unknown.length > 0) throw new UsageFault(`there is no contender ${unknown}, only ${names.join(', ')}`)
  return only.length === 0 ? CONTENDERS : CONTENDERS.filter(({ name }) => only.includes(name))
}
