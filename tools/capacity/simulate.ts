// A planned deployment, simulated: the events of some minutes are routed by the product's own code over its
// partitions, those are shared out among its processes and brokers, and one of three zones is lost. Pure.
import { MINUTE_MS } from '../../model/bucket.ts'
import type { Layout } from '../../model/layout.ts'
import { route } from '../../model/route.ts'
import { decide } from '../../services/partitioner/hot-videos/split-policy.ts'
import { VIDEOS_SHARED_MAX } from '../../stores/rates/rates.ts'
import { harmonic } from './distinct.ts'
import type { Load } from './load.ts'
import type { Plan } from './plan.ts'
import { ZONES } from './planning.ts'

export type Deployment = {
  readonly partitions: number
  readonly processes: number
  readonly brokers: number
  /** Of all processes that count together. */
  readonly cores: number
}

/** The most loaded in terms of the mean of all: in the average minute, and in the worst one. */
export type Evenness = { readonly typical: number; readonly worst: number }
type BeforeAndAfter<T> = { readonly before: T; readonly after: T }

export type Outcome = {
  readonly partitions: Evenness
  readonly processes: BeforeAndAfter<Evenness>
  /** As leaders of partitions. */
  readonly brokers: BeforeAndAfter<Evenness>
  /** Of the busiest process in the worst minute; it has one. */
  readonly busiestCores: BeforeAndAfter<number>
  /** Until the last process has counted what came while nobody had its new partitions; null: never. */
  readonly caughtUpS: number | null
}

export type Simulation = Deployment & {
  readonly seed: number
  readonly minutes: number
  /** Videos that the policy splits, and over how many partitions the hottest one. */
  readonly splitVideos: number
  readonly partsMax: number
  readonly unsplit: Outcome
  readonly split: Outcome
}

export const MINUTES = 10
/** The hottest videos, which are routed one by one. All others are spread evenly: each is too small to matter. */
export const RANKS_MAX = 100_000
/** HOT_VIDEO_EVENTS_PER_SECOND: what docs/routing.md calls sensible. */
export const SPLIT_RULE = { eventsPerSecond: 1_000 }
/** Until a group notices that a process is gone. */
export const SESSION_S = 10
/** Ids that stand for the events of a split video. */
const IDS_A_PART = 64

/** With as many processes and brokers as the worst of the figures ask for. */
export function deploymentOf({ form }: Load, plan: Plan): Deployment {
  const { processorCores } = plan.forms.find((one) => one.form === form)!
  return {
    partitions: plan.partitions,
    processes: plan.processors.high,
    brokers: plan.brokers.high,
    cores: processorCores.high,
  }
}

export function simulate(load: Load, deployment: Deployment, seed: number): Simulation {
  const shares = sharesOf(load)
  const names = shares.map((_, rank) => `video-${seed}-${rank}`)
  const plain = layoutOf(deployment.partitions, new Map())
  const hottest = names
    .slice(0, VIDEOS_SHARED_MAX)
    .map((name, rank) => [name, shares[rank]! * load.rate] as const)
  const rates = { total: load.rate, videos: new Map(hottest) }
  const { automatic } = decide(new Map(), rates, plain, SPLIT_RULE, plain.fromMinute)
  const splits = automatic ?? new Map<string, number>()
  const outcome = (layout: Layout) => outcomeOf(minutesOf(names, shares, layout), deployment)
  return {
    ...{ ...deployment, seed, minutes: MINUTES },
    splitVideos: splits.size,
    partsMax: Math.max(1, ...splits.values()),
    unsplit: outcome(plain),
    split: outcome(layoutOf(deployment.partitions, splits)),
  }
}

/** Of the hottest videos, the hottest first. */
function sharesOf({ videos, spread }: Load): number[] {
  const routed = Math.min(videos, RANKS_MAX)
  const all = spread === 'zipf' ? harmonic(videos) : videos
  return Array.from({ length: routed }, (_, rank) => (spread === 'zipf' ? 1 / (rank + 1) : 1) / all)
}

function layoutOf(partitions: number, splits: ReadonlyMap<string, number>): Layout {
  return { version: 1, fromMinute: 0, partitions, splits, dedicated: new Map() }
}

/** The share of all events that each partition gets, minute by minute. */
function minutesOf(names: readonly string[], shares: readonly number[], layout: Layout): Float64Array[] {
  const even = Math.max(0, 1 - shares.reduce((sum, share) => sum + share, 0)) / layout.partitions
  return Array.from({ length: MINUTES }, (_, minute) => {
    const loads = new Float64Array(layout.partitions).fill(even)
    for (const [rank, videoId] of names.entries()) {
      const ids = (layout.splits.get(videoId) ?? 1) * IDS_A_PART
      const events = layout.splits.has(videoId) ? ids : 1
      for (let i = 0; i < events; i++) {
        const event = {
          tenant: '',
          videoId,
          id: `${videoId}-${i}`,
          channelId: null,
          timeMs: minute * MINUTE_MS,
        }
        loads[route([layout], event)]! += shares[rank]! / events
      }
    }
    return loads
  })
}

function outcomeOf(minutes: readonly Float64Array[], { processes, brokers, cores }: Deployment): Outcome {
  const { length: partitions } = minutes[0]!
  const counted = { before: dealt(partitions, processes), after: dealtAnew(partitions, processes) }
  const led = { before: dealt(partitions, brokers), after: dealtAnew(partitions, brokers) }
  const loads = (owners: readonly number[], places: number) =>
    minutes.map((minute) => added(minute, owners, places))
  const [before, after] = [loads(counted.before, processes), loads(counted.after, processes)]
  const busiest = (all: readonly Float64Array[]) =>
    Math.max(...all.map((minute) => Math.max(...minute))) * cores
  return {
    partitions: evennessOf(minutes, partitions),
    processes: { before: evennessOf(before, processes), after: evennessOf(after, kept(processes)) },
    brokers: {
      before: evennessOf(loads(led.before, brokers), brokers),
      after: evennessOf(loads(led.after, brokers), kept(brokers)),
    },
    busiestCores: { before: busiest(before), after: busiest(after) },
    caughtUpS: caughtUpS(before, after, cores),
  }
}

/** In turn, so that neighbours, over which a video is split, are apart. */
function dealt(partitions: number, places: number): number[] {
  return Array.from({ length: partitions }, (_, partition) => partition % places)
}

/** Those of the lost zone go in turn to the others, which keep what they have. */
function dealtAnew(partitions: number, places: number): number[] {
  const rest = Array.from({ length: places }, (_, place) => place).filter((place) => !isLost(place))
  let next = 0
  return dealt(partitions, places).map((place) => (isLost(place) ? rest[next++ % rest.length]! : place))
}

/** The zone that has the most. */
function isLost(place: number): boolean {
  return place % ZONES === 0
}

function kept(places: number): number {
  return places - Math.ceil(places / ZONES)
}

function added(minute: Float64Array, owners: readonly number[], places: number): Float64Array {
  const loads = new Float64Array(places)
  for (const [partition, owner] of owners.entries()) loads[owner]! += minute[partition]!
  return loads
}

function evennessOf(minutes: readonly Float64Array[], places: number): Evenness {
  const ratios = minutes.map((loads) => Math.max(...loads) * places)
  return {
    typical: ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length,
    worst: Math.max(...ratios),
  }
}

/** What waited for SESSION_S is counted beside what comes, with what is left of a core. */
function caughtUpS(
  before: readonly Float64Array[],
  after: readonly Float64Array[],
  cores: number,
): number | null {
  const mean = (minutes: readonly Float64Array[], place: number) =>
    (minutes.reduce((sum, loads) => sum + loads[place]!, 0) / minutes.length) * cores
  const times = Array.from(before[0]!, (_, place) => {
    const busy = mean(after, place)
    const taken = Math.max(0, busy - mean(before, place))
    if (taken === 0) return 0
    return busy >= 1 ? Number.POSITIVE_INFINITY : (taken * SESSION_S) / (1 - busy)
  })
  const longest = SESSION_S + Math.max(...times)
  return Number.isFinite(longest) ? longest : null
}
