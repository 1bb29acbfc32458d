// Makes the missing topics of a log. Safe to repeat and to run in several places at once.
import type { Clock } from '../../../lib/clock.ts'
import { LANES, partitionsOf } from '../lanes.ts'
import { type Lane, LogError } from '../log.ts'
import { currentIdentity, filledIncarnation, type Identity, type IncarnationEntry } from './identity.ts'
import type { KafkaClient } from './kafka-client.ts'
import { readMeta, writeMeta } from './meta.ts'
import {
  compactedSpec,
  laneSpec,
  metaTopicOf,
  type TopicSettings,
  topicOf,
  videosTopicOf,
  watermarksSpec,
} from './topics.ts'

type Place = {
  readonly client: KafkaClient
  readonly clock: Clock
  /** The first part of every topic's name. */
  readonly prefix: string
}

export type CreateTopicsOptions = TopicSettings &
  Place & {
    /** 8 hex digits that no other log has. */
    readonly newIncarnation: () => string
    /** Abandons the current topics and begins with empty ones. What was counted stays counted. */
    readonly startAnew?: boolean
    /** Is called when the topics of a new incarnation are there, and nobody knows of them yet. May be repeated. */
    readonly beforeDeclared?: () => Promise<void>
  }

/** Brokers learn of topics one after the other; this is the time for a broker that has just started to catch up. */
const BEHIND_MS_MAX = 30_000
const LOOK_MS = 100

type Cluster = { readonly client: Pick<KafkaClient, 'partitionCount'>; readonly clock: Clock }

/**
 * Topics are made with these settings; those that exist keep theirs and only get more partitions. Fails with LogError
 * `corrupt` if a topic of the current incarnation is gone: only `startAnew` may replace it.
 */
export async function createTopics(options: CreateTopicsOptions): Promise<Identity> {
  const { client, clock, prefix, startAnew = false } = options
  const meta = metaTopicOf(prefix)
  const lasting = [meta, videosTopicOf(prefix)].map((topic) => compactedSpec(topic, options))
  for (const spec of [...lasting, watermarksSpec(prefix, options)]) {
    await client.createTopic(spec)
    await visible(options, spec.name, 1)
  }
  const entries = await readMeta(client, meta)
  const filled = filledIncarnation(entries)
  if (filled !== null && filled !== options.newIncarnation()) throw halfRestored(prefix)
  const known = currentIdentity(entries)
  if (known === null || startAnew) await beginIncarnation(options, meta, known)
  const identity = currentIdentity(await readMeta(client, meta))!
  const { incarnation, partitions } = identity
  await verifyTopics({ client, clock }, prefix, identity)
  if (identity.lanes.length < LANES.length) await addLanes(options, meta, identity)
  const wanted = Math.max(partitions, options.partitions)
  await grow(options, identity, LANES, wanted)
  return { incarnation, partitions: wanted, lanes: LANES }
}

/** Gives the log so many partitions, if it has fewer. Fails with LogError. */
export async function growTopics(place: Place, wanted: number): Promise<void> {
  const identity = currentIdentity(await readMeta(place.client, metaTopicOf(place.prefix)))
  if (identity === null) throw new LogError('unknown_partition', 'There is no log yet: make topics first.')
  if (wanted > identity.partitions) await grow(place, identity, identity.lanes, wanted)
}

/** The topics grow first, so that partitions that are declared are there. */
async function grow(
  place: Place,
  { incarnation, partitions }: Identity,
  lanes: readonly Lane[],
  wanted: number,
): Promise<void> {
  const { client, prefix } = place
  for (const lane of lanes) {
    const topic = topicOf(prefix, lane, incarnation)
    await client.growTopic(topic, partitionsOf(lane, wanted))
    await visible(place, topic, partitionsOf(lane, wanted))
  }
  if (wanted === partitions) return
  const entry = { incarnation, partitions: wanted }
  await writeMeta(client, metaTopicOf(prefix), 'partitions', `${incarnation}-${wanted}`, entry)
}

/** The topics are made first, so that a declared incarnation has them. */
async function beginIncarnation(
  options: CreateTopicsOptions,
  meta: string,
  previous: Identity | null,
): Promise<void> {
  const incarnation = options.newIncarnation()
  for (const lane of LANES) await makeLane(options, incarnation, lane)
  await options.beforeDeclared?.()
  const entry: IncarnationEntry = { incarnation, previous: previous?.incarnation ?? null, withSources: true }
  await writeMeta(options.client, meta, 'incarnation', incarnation, entry)
}

/** Here too the topics are made first. */
async function addLanes(options: CreateTopicsOptions, meta: string, known: Identity): Promise<void> {
  const { incarnation, lanes } = known
  for (const lane of LANES) if (!lanes.includes(lane)) await makeLane(options, incarnation, lane)
  await writeMeta(options.client, meta, 'lanes', `${incarnation}-${LANES.length}`, {
    incarnation,
    lanes: LANES,
  })
}

async function makeLane(options: CreateTopicsOptions, incarnation: string, lane: Lane): Promise<void> {
  const spec = laneSpec(topicOf(options.prefix, lane, incarnation), lane, options)
  await options.client.createTopic(spec)
  await visible(options, spec.name, spec.partitions)
}

/** Waits until every partition has a leader that answers: a new topic has none for a moment. */
async function visible({ client, clock }: Place, topic: string, partitions: number): Promise<void> {
  const untilMs = clock.nowMs() + BEHIND_MS_MAX
  while (!(await isLed(client, topic, partitions))) {
    if (clock.nowMs() >= untilMs)
      throw new LogError('unavailable', `Topic ${topic} was made, but not all of its partitions answer.`)
    await clock.sleep(LOOK_MS)
  }
}

async function isLed(client: KafkaClient, topic: string, partitions: number): Promise<boolean> {
  if ((await client.partitionCount(topic)) < partitions) return false
  const asked = Array.from({ length: partitions }, (_, partition) => client.offsetOf(topic, partition, 'end'))
  const answers = await Promise.allSettled(asked)
  return answers.every(({ status }) => status === 'fulfilled')
}

/** The current partitions of every lane. Fails with LogError `corrupt` if there are fewer than before. */
export async function verifyTopics(
  cluster: Cluster,
  prefix: string,
  { incarnation, partitions, lanes }: Identity,
): Promise<Map<Lane, number>> {
  const counts = new Map<Lane, number>()
  for (const lane of lanes) {
    const topic = topicOf(prefix, lane, incarnation)
    const known = partitionsOf(lane, partitions)
    const count = await partitionsOnceKnown(cluster, topic, known)
    if (count < known) throw lostPartitions(topic, count, known)
    counts.set(lane, count)
  }
  return counts
}

/** The partitions of a topic: fewer than `known` only if no broker knew that many for a while. */
export async function partitionsOnceKnown(
  { client, clock }: Cluster,
  topic: string,
  known: number,
  signal?: AbortSignal,
): Promise<number> {
  const untilMs = clock.nowMs() + BEHIND_MS_MAX
  for (;;) {
    const count = await client.partitionCount(topic)
    if (count >= known || clock.nowMs() >= untilMs) return count
    await clock.sleep(LOOK_MS, signal)
  }
}

export function halfRestored(prefix: string): LogError {
  const what = `A backup was not restored to its end into the topics ${prefix}.*`
  return new LogError('unknown_partition', `${what}: run npm run restore -- --cluster again first.`)
}

export function lostPartitions(topic: string, found: number, known: number): LogError {
  const what =
    found === 0 ? `Topic ${topic} is gone` : `Topic ${topic} has ${found} partitions, but had ${known}`
  return new LogError(
    'corrupt',
    `${what}: records that may not be counted yet are lost, and a topic of that name would start at offset 0 again. ` +
      'Restore it, or stop all services and create the topics anew with --start-anew, which begins a new incarnation.',
  )
}
