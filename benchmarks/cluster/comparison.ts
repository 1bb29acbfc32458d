// All contenders on the same servers and the same events, one after the other.
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Kind } from '../../infra/nodes.ts'
import { openServers, type Servers } from '../../infra/servers.ts'
import { UsageFault } from '../../lib/flags-reader.ts'
import { MINUTE_MS } from '../../model/bucket.ts'
import type { Layout } from '../../model/layout.ts'
import type { Options } from './cluster-options.ts'
import { type LogPlace, makeTopics, withLog } from './contenders/ports.ts'
import type { RunSettings } from './contenders/run.ts'
import { type Contender, contenders } from './contenders.ts'
import { eventStream, SPAN_MS } from './event-stream.ts'
import { fillJsonTopic, kafkaOf, removeTraces } from './json-topic.ts'
import { type Measured, measure } from './measure.ts'
import { fillRecordTopic } from './record-topic.ts'
import { truthOf, writeTruth } from './reference-counts.ts'
import { buildStreams } from './streams.ts'

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
}

export async function compare(options: Options): Promise<Measured[]> {
  const servers = await openServers()
  const chosen = choose(options.only, contenders(await buildStreams(servers.settings.directory)))
  const kinds = new Set<Kind>(['kafka', ...chosen.map(({ store }) => store).filter((kind) => kind !== null)])
  const running = new Set(
    (await servers.status()).filter(({ state }) => state === 'up').map(({ node }) => node.kind),
  )
  const endpoints = await servers.up(Object.fromEntries(Array.from(kinds, (kind) => [kind, 1])))
  const name = `bench-${Date.now()}`
  const place: Place = {
    name,
    directory: await mkdtemp(join(servers.settings.directory, `${name}-`)),
    servers,
    brokers: endpoints.kafka!,
    redisUrl: `${endpoints.redis?.[0]}/${REDIS_DATABASE}`,
    cassandra: endpoints.cassandra?.[0] ?? '',
  }
  try {
    return await runAll(chosen, options, place)
  } finally {
    await removeTraces(kafkaOf(place.brokers), name).catch((error) =>
      console.error('could not clean up:', error),
    )
    await rm(place.directory, { recursive: true, force: true })
    await servers.down(Array.from(kinds).filter((kind) => !running.has(kind)))
  }
}

/** If a contender fails, the figures of the others are still printed, with an exit code. */
async function runAll(chosen: readonly Contender[], options: Options, place: Place): Promise<Measured[]> {
  await fill(chosen, options, place)
  const measured: Measured[] = []
  for (let round = 1; round <= options.rounds; round++) {
    for (const contender of chosen) {
      try {
        const run = await runOne(contender, `${place.name}-${contender.name}-${round}`, options, place)
        console.error(
          `round ${round}, ${run.name}: ${run.wallSeconds.toFixed(1)} s, ${run.cpuSeconds.toFixed(1)} CPU-s`,
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

/** The events end about now, so that all of them are on time by log time too. */
async function fill(chosen: readonly Contender[], options: Options, place: Place): Promise<void> {
  const { events, seed, partitions, eventsPerRecord } = options
  const startMs = Math.floor((Date.now() - SPAN_MS) / MINUTE_MS) * MINUTE_MS
  const stream = () => eventStream({ events, startMs, seed })
  const layout: Layout = { version: 1, fromMinute: 0, partitions, splits: new Map(), dedicated: new Map() }
  if (chosen.some(({ topic }) => topic === 'records')) {
    console.error(`filling a topic with ${events} events in records of ${eventsPerRecord}`)
    const log: LogPlace = {
      client: FILLING_CLIENT,
      brokers: place.brokers,
      prefix: topicOf(place, 'records'),
    }
    await makeTopics(log, partitions)
    await withLog(log, (log) => fillRecordTopic(log, layout, stream(), eventsPerRecord))
  }
  if (chosen.some(({ topic }) => topic === 'messages')) {
    console.error(`filling a topic with ${events} messages`)
    await fillJsonTopic(kafkaOf(place.brokers), topicOf(place, 'messages'), layout, stream())
  }
  writeTruth(truthFile(place), truthOf(stream()))
}

async function runOne(contender: Contender, run: string, options: Options, place: Place): Promise<Measured> {
  const { servers, directory, brokers, redisUrl, cassandra } = place
  const pids = new Map((await servers.status()).map(({ node, pid }) => [node.kind, pid]))
  const stateDirectory = join(directory, 'state')
  const settings: RunSettings = {
    brokers,
    topic: topicOf(place, contender.topic),
    run,
    partitions: options.partitions,
    events: options.events,
    truthFile: truthFile(place),
    answerFile: join(directory, 'answer.tsv'),
    redisUrl,
    cassandra,
  }
  const measured = await measure(contender, settings, {
    brokerPid: pids.get('kafka') ?? null,
    storePid: contender.store === null ? null : (pids.get(contender.store) ?? null),
    stateDirectory,
    profileDirectory: options.profileDirectory,
  })
  await removeTraces(kafkaOf(brokers), run)
  await rm(stateDirectory, { recursive: true, force: true })
  return measured
}

function choose(only: readonly string[], all: readonly Contender[]): readonly Contender[] {
  const names = all.map(({ name }) => name)
  const unknown = only.filter((name) => !names.includes(name))
  if (unknown.length > 0) throw new UsageFault(`there is no contender ${unknown}, only ${names.join(', ')}`)
  return only.length === 0 ? all : all.filter(({ name }) => only.includes(name))
}

function topicOf({ name }: Place, kind: Contender['topic']): string {
  return `${name}-${kind}`
}

function truthFile({ directory }: Place): string {
  return join(directory, 'truth.tsv')
}
