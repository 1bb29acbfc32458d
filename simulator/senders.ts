// Clients that make events and send each until it is resolved, and partitioners that run the production path from the
// body of a request to the log.

import { NO_KEYS } from '../lib/http/keys/key-ring.ts'
import { ProblemError } from '../lib/http/problem.ts'
import type { Naming } from '../model/naming.ts'
import { accept, type Receipt } from '../services/partitioner/accept.ts'
import { admit } from '../services/partitioner/admit.ts'
import { Gather } from '../services/partitioner/gather.ts'
import { EVENT_LIMITS } from '../services/partitioner/limits.ts'
import { ANY_NEW_VIDEO } from '../services/partitioner/new-videos.ts'
import { NO_METRICS } from '../services/partitioner/partitioner-metrics.ts'
import { acceptIn } from '../services/partitioner/threads/accept-in-threads.ts'
import { type PackRules, packBody } from '../services/partitioner/threads/pack-body.ts'
import type { Packing } from '../services/partitioner/threads/packing.ts'
import type { Layouts } from '../stores/layouts/layouts.ts'
import type { Log } from '../stores/log/log.ts'
import type { Node } from './node.ts'
import type { Random } from './random.ts'
import { eventName } from './reference.ts'
import type { WorldSettings } from './settings.ts'
import type { SharedDoor } from './shared-layouts.ts'

export type SentEvent = {
  readonly tenant: string
  readonly id: string
  readonly videoId: string
  readonly type: string
  readonly time: number
  readonly value?: number
  /** The source of a CloudEvent; null for a plain event. */
  readonly source: string | null
}

type Admission = ReturnType<typeof admit>

const WAY_MS_MAX = 5_000
/** Of each request another one, as if a page sent the rest of its events from another network: copies may differ. */
const DEVICES = ['desktop', 'mobile', 'tv']

export class SimulatedPartitioner {
  readonly node: Node
  /** Of the version that kept no sources. */
  readonly isOld: boolean
  /** Null where all partitioners know every layout at once. */
  readonly door: SharedDoor | null
  readonly #accept: (raw: Buffer, admission: Admission) => Promise<Receipt>
  #requests = 0

  /** @param naming null for the version that kept no sources */
  constructor(
    node: Node,
    log: Log,
    layouts: Layouts,
    settings: WorldSettings,
    random: Random,
    naming: Promise<Naming> | null,
    door: SharedDoor | null,
  ) {
    this.node = node
    this.door = door
    this.isOld = naming === null
    const limits = {
      ...EVENT_LIMITS,
      horizonMs: settings.driver.horizonMs,
      aheadMs: settings.aheadMs,
      lingerMs: random.pick([1, 50]),
      recordEventsMax: random.pick([1, 3, 100]),
    }
    const gather = new Gather({ log, clock: node.clock, limits, metrics: NO_METRICS })
    const unlimited = { rates: { take: async () => {} }, newVideos: ANY_NEW_VIDEO }
    const waiting = door && new Gather({ log: door.unrouted, clock: node.clock, limits, metrics: NO_METRICS })
    const deps = {
      gather,
      ...(waiting && { waiting }),
      layouts,
      clock: node.clock,
      ...unlimited,
      limits,
      metrics: NO_METRICS,
    }
    const packs = settings.threads && random.chance(0.5)
    this.#accept = async (raw, admission) => {
      if (door !== null) await node.clock.sleep(0) // whoever is paused does nothing
      const sourcesFromMs = (await naming)?.sourcesFromMs ?? Number.POSITIVE_INFINITY
      const store = packs ? acceptIn(packingBeside(node, random, { ...limits, sourcesFromMs })) : accept
      return store(raw, admission, { ...deps, sourcesFromMs })
    }
  }

  /** All of one tenant and in one format, as in a request. */
  accept(events: readonly SentEvent[]): Promise<Receipt> {
    const { tenant, source } = events[0]!
    const [contentType, fields] =
      source === null
        ? ['application/json', events.map(plainly)]
        : ['application/cloudevents-batch+json', events.map(asCloudEvent)]
    const request = { ip: '', headers: { 'content-type': contentType }, raw: { rawHeaders: [] } }
    const admission = admit(request, NO_KEYS)
    const viewer = { device: DEVICES[this.#requests++ % DEVICES.length]! }
    return this.#accept(Buffer.from(JSON.stringify(fields)), { ...admission, tenant, viewer })
  }
}

/** Another thread: what it gets is copied, and the way there and back may take long. */
function packingBeside(node: Node, random: Random, rules: PackRules): Packing {
  const way = () => node.clock.sleep(random.delayMs(5, WAY_MS_MAX))
  return {
    ...{ isUp: true, waitedMs: 0, bodyBytesMin: 0 },
    async pack(body, order, ask) {
      const sent = structuredClone(order)
      await way()
      const packed = await packBody(body, sent, rules, ask)
      await way()
      return packed
    },
  }
}

function plainly({ tenant: _, source: __, ...event }: SentEvent) {
  return event
}

function asCloudEvent({ id, source, videoId, type, time, value }: SentEvent) {
  const envelope = { specversion: '1.0', id, source, subject: videoId, type }
  return { ...envelope, time: new Date(time).toISOString(), data: value === undefined ? {} : { value } }
}

/** Names of events by outcome, as known to their senders. */
export class Outbox {
  readonly sent = new Set<string>()
  readonly acknowledged = new Set<string>()
  #open = 0

  get isEmpty(): boolean {
    return this.#open === 0
  }

  /** Sends until a partitioner has answered for every event; unresolved ones are sent again. */
  async send(
    client: Node,
    random: Random,
    events: readonly SentEvent[],
    partitioners: () => readonly SimulatedPartitioner[],
    weather: { readonly latencyMs: number; readonly longestMs: number; readonly failures: number },
  ): Promise<void> {
    this.#open++
    const names = events.map((event) => eventName({ ...event, timeMs: event.time }))
    for (const name of names) this.sent.add(name)
    for (;;) {
      const partitioner = random.pick(partitioners())
      const receipt = await attempt(client, random, partitioner, events, weather)
      if (receipt !== null) {
        const rejected = new Set(receipt.rejected.map(({ index }) => index))
        for (const [i, name] of names.entries()) if (!rejected.has(i)) this.acknowledged.add(name)
        break
      }
      await client.clock.sleep(random.int(10, 3_000))
    }
    this.#open--
  }
}

/** What the partitioner answered, or null when there was no answer in time or it was an error. */
function attempt(
  client: Node,
  random: Random,
  partitioner: SimulatedPartitioner,
  events: readonly SentEvent[],
  { latencyMs, longestMs, failures }: { latencyMs: number; longestMs: number; failures: number },
): Promise<Receipt | null> {
  const requestMs = random.delayMs(latencyMs, longestMs)
  const replyMs = random.delayMs(latencyMs, longestMs)
  const replyLost = random.chance(failures)
  const answer = client
    .call(requestMs, replyMs, () =>
      partitioner.node.crashed ? never<Receipt>() : partitioner.accept(events),
    )
    .then((receipt) => (replyLost ? never<Receipt>() : receipt))
    .catch((error) => {
      if (error instanceof ProblemError) return null
      throw error
    })
  const patience = client.clock.sleep(random.int(500, 10_000)).then(() => null)
  return Promise.race([answer, patience])
}

function never<T>(): Promise<T> {
  return new Promise(() => {})
}
