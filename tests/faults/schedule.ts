// Which fault comes when, and what it hits: all decided by the seed. Pure; knows names of servers and services, not
// how faults are injected.
import type { Random } from '../../simulator/random.ts'

export const KINDS = [
  'kill-broker',
  'pause-broker',
  'lose-leader',
  'kill-database',
  'kill-cache',
  'kill-balancer',
  'flush-cache',
  'kill-processor',
  'kill-partitioner',
  'zombie-processor',
  'rebalance-storm',
  'restart-queries',
  'rolling-restart',
  'cut-brokers',
  'slow-brokers',
  'cut-stores',
  'slow-stores',
  'fill-spool-disk',
  'restart-all',
] as const
export type Kind = (typeof KINDS)[number]

export type Fault = {
  readonly kind: Kind
  /** The targets by name, one after the other if there are several. */
  readonly targets: readonly string[]
  /** The delay before the fault, so that it happens anywhere within a flush or a batch. */
  readonly delayMs: number
  /** From the fault until its target is released or restarted; where targets come in turn, the time between two. */
  readonly holdMs: number
}

export type Servers = {
  readonly brokers: number
  readonly cassandraNodes: number
  /** Whether proxies can cut and slow connections. */
  readonly proxies: boolean
  /** Whether the disk of a spool can be filled. */
  readonly spoolDisk: boolean
}

type Bounds = readonly [least: number, most: number]

/** The partitioner whose spool has a disk of its own. */
export const SPOOL_ON_OWN_DISK = 'partitioner-1'

const INSTANCES = [1, 2]
const STORM_BLOWS = 6
/** A flush interval of processing. */
const DELAY_MS_MAX = 1_000

const HOLD_MS: Readonly<Record<Kind, Bounds>> = {
  'kill-broker': [1_000, 5_000],
  'pause-broker': [3_000, 8_000],
  'lose-leader': [2_000, 4_000], // shorter than a broker's session
  'kill-database': [1_000, 5_000],
  'kill-cache': [1_000, 5_000],
  'kill-balancer': [1_000, 5_000],
  'flush-cache': [0, 0],
  'kill-processor': [500, 4_000],
  'kill-partitioner': [500, 4_000],
  'zombie-processor': [13_000, 18_000], // longer than a member's session of 10 s
  'rebalance-storm': [200, 2_500],
  'restart-queries': [0, 500],
  'rolling-restart': [3_000, 5_000], // longer than nginx sends nothing to a server that failed
  'cut-brokers': [2_000, 14_000], // up to longer than a session
  'slow-brokers': [4_000, 8_000],
  'cut-stores': [2_000, 6_000],
  'slow-stores': [4_000, 8_000],
  'fill-spool-disk': [2_000, 5_000],
  'restart-all': [0, 500],
}

/**
 * Endless faults: every kind once in random order, then again. `restart-all` is kept for the end. Throws if none is
 * possible on these servers.
 */
export function* faultsOf(
  random: Random,
  servers: Servers,
  wanted: readonly Kind[] = KINDS,
): Generator<Fault, never> {
  const kinds = wanted.filter((kind) => kind !== 'restart-all' && isPossible(kind, servers))
  if (kinds.length === 0) throw new Error(`none of these faults is possible here: ${wanted.join(', ')}`)
  for (;;) for (const kind of shuffled(random, kinds)) yield faultOf(random, kind, servers)
}

function isPossible(kind: Kind, { brokers, proxies, spoolDisk }: Servers): boolean {
  if (/^(cut|slow)-/.test(kind)) return proxies
  if (kind === 'lose-leader') return brokers > 1
  return kind !== 'fill-spool-disk' || spoolDisk
}

export function faultOf(random: Random, kind: Kind, servers: Servers): Fault {
  const targets = targetsOf(random, kind, servers)
  const [least, most] = HOLD_MS[kind]
  return { kind, targets, delayMs: random.int(0, DELAY_MS_MAX), holdMs: random.int(least, most) }
}

function targetsOf(random: Random, kind: Kind, { brokers, cassandraNodes }: Servers): string[] {
  const one = (name: string, ordinals: readonly number[]) => [`${name}-${random.pick(ordinals)}`]
  const of = (names: readonly string[]) => names.flatMap((name) => INSTANCES.map((at) => `${name}-${at}`))
  switch (kind) {
    case 'kill-broker':
    case 'pause-broker':
      return one('kafka', upTo(brokers))
    case 'kill-database':
      return one('cassandra', upTo(cassandraNodes))
    case 'kill-cache':
    case 'flush-cache':
      return ['redis-1']
    case 'kill-balancer':
      return one('nginx', INSTANCES)
    case 'kill-processor':
    case 'zombie-processor':
      return one('processing', INSTANCES)
    case 'kill-partitioner':
      return one('partitioner', INSTANCES)
    case 'rebalance-storm':
      return upTo(STORM_BLOWS).flatMap(() => one('processing', INSTANCES))
    case 'rolling-restart':
      return of(['partitioner', 'processing', 'query', 'reconciler'])
    case 'restart-queries':
      return INSTANCES.map((instance) => `query-${instance}`)
    case 'lose-leader':
      return shuffled(random, upTo(brokers)).map((ordinal) => `kafka-${ordinal}`)
    case 'cut-brokers':
    case 'slow-brokers':
      return upTo(brokers).map((ordinal) => `kafka-${ordinal}`)
    case 'cut-stores':
    case 'slow-stores':
      return [...upTo(cassandraNodes).map((ordinal) => `cassandra-${ordinal}`), 'redis-1']
    case 'fill-spool-disk':
      return [SPOOL_ON_OWN_DISK]
    case 'restart-all':
      return of(['partitioner', 'processing', 'query'])
  }
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const left = [...items]
  return Array.from(items, () => left.splice(random.int(0, left.length - 1), 1)[0]!)
}
