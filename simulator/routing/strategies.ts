// Ways to choose the partition of an event. Those that are ours run the router and the policy of the product.
import { MINUTE_MS, minuteOf } from '../../model/bucket.ts'
import type { Layout } from '../../model/layout.ts'
import { murmur2, toPositive } from '../../model/murmur2.ts'
import { layoutKey, type Routed, route } from '../../model/route.ts'
import { FrequentVideos } from '../../services/partitioner/hot-videos/frequent-videos.ts'
import { decide, type LastHot } from '../../services/partitioner/hot-videos/split-policy.ts'
import { withChange } from '../../stores/layouts/layout-changes.ts'

export type Router = {
  /** The partition of an event that arrives now. */
  place(event: Routed, nowMs: number): number
  /** Called every `LOOK_MS`. */
  look?(nowMs: number): void
}

type Strategy = { readonly name: string; readonly open: () => Router }

export const PARTITIONS = 16
export const LOOK_MS = 10_000

/** Of the hottest channel, out of all. */
const OWN_PARTITIONS = 4
/** How far ahead of our clock an event's time may be. */
const AHEAD_MS = MINUTE_MS
/** Each simulated event stands for this many, so that rates are those of a busy system. */
const EVENTS_STOOD_FOR = 100
const RULE = { eventsPerSecond: 200 }
/** No partition may have more than this many times the mean. */
const BOUND = 1.25
const POINTS_A_PARTITION = 64

export const STRATEGIES: readonly Strategy[] = [
  {
    name: 'video',
    open: () => ({ place: ({ videoId }) => hashOf(videoId) % PARTITIONS }),
  },
  { name: 'video + minute', open: () => routedBy(FIRST) },
  {
    name: 'dedicated',
    open: () => routedBy({ ...FIRST, partitions: PARTITIONS - OWN_PARTITIONS, dedicated: OWN }),
  },
  { name: 'split by rate', open: () => splitByRate((nowMs) => minuteOf(nowMs + AHEAD_MS) + 1) },
  { name: 'bounded loads', open: boundedLoads },
]

const FIRST: Layout = {
  version: 1,
  fromMinute: 0,
  partitions: PARTITIONS,
  splits: new Map(),
  dedicated: new Map(),
}
const OWN = new Map([['hot-channel', { first: PARTITIONS - OWN_PARTITIONS, count: OWN_PARTITIONS }]])

function routedBy(layout: Layout): Router {
  return { place: (event) => route([layout], event) }
}

/**
 * Video and minute; hot videos are split as the policy decides, from the first minute of which no event can have been
 * routed yet.
 */
export function splitByRate(firstMinute: (nowMs: number) => number): Router {
  const layouts = [FIRST]
  let frequent = new FrequentVideos()
  let lastHot: LastHot = new Map()
  return {
    place(event) {
      frequent.add(layoutKey(event.tenant, event.videoId), EVENTS_STOOD_FOR)
      return route(layouts, event)
    },
    look(nowMs) {
      const perSecond = (events: number) => (events * 1_000) / LOOK_MS
      const videos = new Map(
        Array.from(frequent.atMost(), ([video, events]) => [video, perSecond(events)] as const),
      )
      const rates = { total: perSecond(frequent.events), videos }
      frequent = new FrequentVideos()
      const newest = layouts.at(-1)!
      const decision = decide(lastHot, rates, newest, RULE, minuteOf(nowMs))
      lastHot = decision.lastHot
      if (decision.automatic === null) return
      const place = { version: newest.version + 1, fromMinute: firstMinute(nowMs) }
      layouts.push(withChange(newest, { act: 'balance', automatic: decision.automatic }, place))
    },
  }
}

/**
 * Consistent hashing with bounded loads (Mirrokni, Thorup and Zadimoghaddam, 2018): an event goes to the first
 * partition after its video on the ring that has room. It needs the loads of all partitions at each event.
 */
function boundedLoads(): Router {
  const ring = Array.from({ length: PARTITIONS * POINTS_A_PARTITION }, (_, i) => ({
    partition: i % PARTITIONS,
    at: hashOf(`partition-${i}`),
  })).sort((a, b) => a.at - b.at)
  const starts = new Map<string, number>()
  const startOf = (videoId: string) => {
    const known = starts.get(videoId)
    if (known !== undefined) return known
    const hash = hashOf(videoId)
    const found = ring.findIndex(({ at }) => at >= hash)
    starts.set(videoId, Math.max(found, 0))
    return Math.max(found, 0)
  }
  const loads = new Array<number>(PARTITIONS).fill(0)
  let minute = -1
  let events = 0
  return {
    place({ videoId }, nowMs) {
      if (minuteOf(nowMs) !== minute) {
        minute = minuteOf(nowMs)
        events = 0
        loads.fill(0)
      }
      const room = Math.ceil((BOUND * ++events) / PARTITIONS)
      for (let i = startOf(videoId); ; i = (i + 1) % ring.length) {
        const { partition } = ring[i]!
        if (loads[partition]! >= room) continue
        loads[partition]!++
        return partition
      }
    },
  }
}

function hashOf(text: string): number {
  return toPositive(murmur2(Buffer.from(text)))
}
