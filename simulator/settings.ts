// What a seed decides before anything happens: the size of the world, its bounds and how often calls fail.
import type { DriverSettings } from '../services/processing/driver.ts'
import type { ReconcilerSettings } from '../services/reconciler/reconciler.ts'
import { PATIENCE_MS } from '../services/reconciler/recount/carry-out.ts'
import {
  DEFAULT_LEVELS,
  LEVELS,
  type Level,
  levelsFault,
  needOf,
  type Replication,
} from '../stores/cassandra/consistency.ts'
import { Random } from './random.ts'
import { type Asked, REPLICAS } from './replicas.ts'

/** Settings of the batch layer besides those that it shares with the stream. */
type BatchSettings = Omit<
  ReconcilerSettings,
  'horizonMs' | 'aheadMs' | 'readBytesMax' | 'idleWaitMs' | 'retry'
> & {
  /** How likely corrections reach only one replica. */
  readonly tornCorrections: number
  /** Whether a broken stream has left rows of which there are no events. */
  readonly strays: boolean
  /** How many more reconcilers share the recounts; 0: one does all of it. */
  readonly helpers: number
}

/** Worlds in which partitioners share layouts through the meta topic, as in a cluster. */
export type SharedSettings = {
  readonly leadMs: number
  readonly refreshMs: number
  /** How far the clock of a leader of the meta topic may be off. */
  readonly leaderSkewMs: number
  readonly changes: number
  /** How likely a proposal takes long to reach the log. */
  readonly lateProposals: number
  /** So many entries are removed at once. */
  readonly removedMin: number
}

/** Worlds in which an owner counts several sources, and writes what is of one shard together. */
export type TogetherSettings = {
  readonly shards: number
  /** How long rows wait for those of other sources. */
  readonly turnMs: number
}

export const VIDEOS_MAX = 4
/** Seeds of what was added later: the worlds of old seeds stay as they were. */
const SHARED_SEEDS = 7 * 2 ** 32
const HELPER_SEEDS = 8 * 2 ** 32
const TOGETHER_SEEDS = 9 * 2 ** 32
const HORIZON_SEEDS = 10 * 2 ** 32
/** One world in so many has threads, and owners of several sources: none of those that caught an older mutant. */
const LATER_EVERY = 8
/** In one world in so many proposals of layouts may be late. */
const LATE_PROPOSALS_EVERY = 4
const CENTRE = 'dc1'
const REPLICATION: Replication = new Map([[CENTRE, REPLICAS]])
/** How long partitioners of the version before may go on beside new ones, where a world begins with an upgrade. */
export const OLD_DOORS_MS = 20_000

export type WorldSettings = {
  readonly driver: DriverSettings
  readonly partitions: number
  readonly partitioners: number
  readonly nodes: number
  readonly videos: number
  readonly events: number
  /** Whether names and ids are chosen as by an attacker: colliding videos, the same ids everywhere. */
  readonly hostileNames: boolean
  /** Whether the world begins with an upgrade from the version that kept no sources. */
  readonly upgrade: boolean
  /** Whether a large set of ids is tried too. */
  readonly crowd: boolean
  /** How long clients make new events. */
  readonly trafficMs: number
  /** How far any clock may be off. */
  readonly skewMs: number
  readonly aheadMs: number
  readonly latencyMs: number
  readonly longestMs: number
  readonly failures: number
  readonly readRepair: boolean
  /** How many replicas acknowledge a write, and how many a read asks. */
  readonly asked: Asked
  readonly hints: boolean
  readonly snapshots: boolean
  readonly chaosIntervalMs: number
  readonly duplicates: number
  readonly lateness: number
  readonly poison: number
  readonly layoutChanges: number
  /** How likely a new layout uses the overload lane; 0 in worlds without one. */
  readonly overload: number
  /** Null in worlds without a batch layer. */
  readonly batch: BatchSettings | null
  /** Null in worlds in which all partitioners know every layout at once. */
  readonly shared: SharedSettings | null
  /** Null in worlds in which each source has an owner of its own. */
  readonly together: TogetherSettings | null
  /** Some partitioners read bodies in other threads. */
  readonly threads: boolean
  /** Until when a shorter horizon holds; null in worlds in which it stays the same. */
  readonly horizonChange: { readonly horizonMs: number; readonly afterMs: number } | null
}

/** Half of all worlds share layouts; in those, several partitioners get many copies of a few plain names. */
export function settingsOf(seed: number, random: Random): WorldSettings {
  const drawn = drawSettings(random)
  const helpers = new Random(HELPER_SEEDS + seed).pick([0, 1, 2])
  const isLater = seed % LATER_EVERY === 0
  const together = isLater ? drawTogether(new Random(TOGETHER_SEEDS + seed)) : null
  const batch = drawn.batch && { ...drawn.batch, helpers }
  const horizonChange = drawHorizonChange(new Random(HORIZON_SEEDS + seed), drawn)
  const settings = { ...drawn, threads: isLater, batch, together, horizonChange }
  const more = new Random(SHARED_SEEDS + seed)
  if (more.chance(0.5)) return settings
  return {
    ...settings,
    partitions: more.int(2, 4),
    partitioners: more.int(2, 3),
    videos: more.int(1, 2),
    events: more.int(60, 200),
    duplicates: more.pick([0.3, 0.6]),
    hostileNames: false,
    upgrade: false,
    shared: {
      leadMs: more.pick([3_000, 10_000, 40_000]),
      refreshMs: more.pick([500, 2_000]),
      leaderSkewMs: more.pick([0, 2_000, 20_000]),
      changes: more.int(2, 8),
      removedMin: more.pick([5, 1_000]),
      lateProposals: seed % LATE_PROPOSALS_EVERY === 0 ? 0.3 : 0,
    },
  }
}

/** In one world in four: events that were late for the shorter horizon are sent again after its end. */
function drawHorizonChange(
  random: Random,
  { driver, trafficMs }: Pick<WorldSettings, 'driver' | 'trafficMs'>,
): WorldSettings['horizonChange'] {
  if (!random.chance(0.25)) return null
  return { horizonMs: driver.horizonMs / random.pick([2, 4]), afterMs: random.int(trafficMs / 4, trafficMs) }
}

/** The same with the log times of a world that begins at this time. */
export function withHorizonFrom(startMs: number, settings: WorldSettings): WorldSettings {
  const { driver, horizonChange } = settings
  if (horizonChange === null) return settings
  const { horizonMs, afterMs } = horizonChange
  return { ...settings, driver: { ...driver, earlierHorizons: [{ horizonMs, untilMs: startMs + afterMs }] } }
}

function drawSettings(random: Random): Omit<WorldSettings, 'threads' | 'horizonChange'> {
  const horizonMs = random.pick([45_000, 60_000, 120_000])
  const skewMs = random.pick([0, 200, 2_000])
  const aheadMs = 5_000
  const hints = random.chance(0.6)
  const hostileNames = random.chance(0.5)
  return {
    driver: {
      horizonMs,
      aheadMs: aheadMs + 4 * skewMs + 2_000,
      flushRowsMax: random.pick([1, 5, 1_000]),
      writersMax: random.int(1, 4),
      queueRowsMax: random.pick([3, 20, 1_000]),
      totalsRowsMax: random.pick([0, 3, 1_000]),
      hints,
      flushIntervalMs: random.pick([300, 1_000, 4_000]),
      readBytesMax: random.pick([1, 500, 5_000]),
      idleWaitMs: random.pick([1_000, 4_000]),
      retry: { baseMs: 20, capMs: 2_000 },
      unknownSchemas: 'dead-letter', // a broken byte of a record may make an unknown schema of a known one
      snapshotIntervalMs: random.pick([2_000, 20_000]),
      snapshotBytesMax: random.chance(0.8) ? 1e9 : 0,
      snapshotPieceBytes: random.pick([64, 1e9]),
    },
    partitions: random.int(1, 2),
    partitioners: random.int(1, 2),
    nodes: random.int(1, 3),
    videos: random.int(1, VIDEOS_MAX),
    events: random.int(20, 160),
    trafficMs: random.pick([70_000, 150_000, 240_000]),
    skewMs,
    aheadMs,
    latencyMs: random.pick([5, 50, 400]),
    longestMs: random.pick([500, 5_000, 30_000]),
    failures: random.pick([0, 0.02, 0.15]),
    readRepair: random.chance(0.5),
    hints,
    snapshots: random.chance(0.5),
    chaosIntervalMs: random.pick([3_000, 10_000, 40_000]),
    duplicates: random.pick([0, 0.1, 0.5]),
    lateness: random.pick([0, 0.1, 0.4]),
    poison: random.pick([0, 0.02, 0.1]),
    layoutChanges: random.int(0, 2),
    batch: random.chance(0.3) ? drawBatchSettings(random, skewMs) : null,
    overload: random.pick([0, 0.7]),
    hostileNames,
    upgrade: hostileNames && random.chance(0.5),
    crowd: random.chance(0.01),
    asked: drawAsked(random),
    shared: null,
    together: null,
  }
}

function drawTogether(random: Random): TogetherSettings {
  return { shards: random.int(1, 3), turnMs: random.pick([0, 100, 2_000]) }
}

/** Levels that the product allows; else those that it has by default. */
function drawAsked(random: Random): Asked {
  const [write, hydrate] = [random.pick(LEVELS), random.pick(LEVELS)]
  const allowed = levelsFault({ ...DEFAULT_LEVELS, write, hydrate }, REPLICATION, null) === null
  const levels = allowed ? { write, hydrate } : DEFAULT_LEVELS
  return { write: replicasFor(levels.write), read: replicasFor(levels.hydrate) }
}

function replicasFor(level: Level): number {
  const { of, anywhere } = needOf(level, REPLICATION, CENTRE)
  return anywhere + (of.get(CENTRE) ?? 0)
}

function drawBatchSettings(random: Random, skewMs: number): BatchSettings {
  return {
    slackMs: 4 * skewMs + 2_000,
    minutesKeptMs: Number.MAX_SAFE_INTEGER,
    shares: { shareBytesMin: 1, shareBytesMax: 200 },
    patienceMs: PATIENCE_MS,
    flushIntervalMs: random.pick([500, 5_000, 30_000]),
    lateFlushIntervalMs: random.pick([500, 5_000]),
    flushBytesMax: random.pick([1, 1_000, 100_000]),
    runIntervalMs: random.pick([2_000, 15_000]),
    tornCorrections: random.pick([0, 0.5]),
    strays: random.chance(0.4),
    helpers: 0,
  }
}
