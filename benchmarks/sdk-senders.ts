// The clients of the SDK's benchmark: each sends the same payload in the way that its documentation recommends for
// many events, with as much under way at once as it needs to lose none.
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient, type TallyEvent } from '../sdk/src/node/index.ts'
import { peer } from './sdk-peers.ts'
import { MARK } from './sdk-sink-process.ts'

/** Begins to measure: what is made before is not counted. */
type Begin = () => void
export type SdkSender = (url: string, events: number, begin: Begin) => Promise<void>

const IN_FLIGHT = 4
/** The clients with a queue of their own are let run so far ahead. */
const WINDOW_EVENTS = 10_000
const CHECK_EVENTS = 1_000
const FLUSH_AGAIN_MS = 5
/** rudder-sdk-node writes its whole queue as JSON for each event that enters it. */
const RUDDER_WINDOW_EVENTS = 100

export const viewerOf = (at: number) => `${MARK}-${at % 5_000}`
export const propertiesOf = (at: number) => ({
  videoId: `video-${at % 1_000}`,
  value: (at % 600) / 2,
  channelId: `c${at % 50}`,
  country: 'DE',
  device: 'tv',
})

export function eventOf(at: number): TallyEvent {
  const { country, device, ...fields } = propertiesOf(at)
  return { ...fields, type: 'view', viewerId: viewerOf(at), attributes: { country, device } }
}

/** processEvents with lists of this length, some of them at once. */
function inLists(length: number): SdkSender {
  return async (url, events, begin) => {
    const client = createClient({ url })
    let next = 0
    const work = async () => {
      while (next < events) {
        const from = next
        next += length
        const list = Array.from({ length: Math.min(length, events - from) }, (_, at) => eventOf(from + at))
        await client.processEvents(list)
      }
    }
    begin()
    await Promise.all(Array.from({ length: IN_FLIGHT }, work))
  }
}

/** One list of all, which the caller holds before the measurement begins. */
const inOneList: SdkSender = async (url, events, begin) => {
  const list = Array.from({ length: events }, (_, at) => eventOf(at))
  begin()
  await createClient({ url }).processEvents(list)
}

/** Event by event, as fast as the queue takes them. */
const tracked: SdkSender = async (url, events, begin) => {
  const client = createClient({ url })
  begin()
  for (let at = 0; at < events; at++) {
    client.track(eventOf(at))
    if (at % CHECK_EVENTS === CHECK_EVENTS - 1 && client.ledger().pending > WINDOW_EVENTS - CHECK_EVENTS)
      await client.flush()
  }
  await client.close()
  const { delivered } = client.ledger()
  if (delivered !== events) throw new Error(`track: ${delivered} of ${events} events are delivered`)
}

/** Waits until there is room for another event whose fate is open. */
class Window {
  readonly #eventsMax: number
  #open = 0
  #wake = () => {}

  constructor(eventsMax: number) {
    this.#eventsMax = eventsMax
  }

  add(): void {
    this.#open++
  }

  end(): void {
    this.#open--
    if (this.#open < this.#eventsMax / 2) this.#wake()
  }

  get open(): number {
    return this.#open
  }

  async room(): Promise<void> {
    if (this.#open < this.#eventsMax) return
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }
}

const posthog: SdkSender = async (url, events, begin) => {
  const { PostHog } = peer('posthog-node')
  const client = new PostHog('phc_x', { host: url, preloadFeatureFlags: false, maxQueueSize: WINDOW_EVENTS })
  begin()
  for (let at = 0; at < events; at++) {
    client.capture({ distinctId: viewerOf(at), event: 'view', properties: propertiesOf(at) })
    if (at % 1_000 === 999) await client.flush()
  }
  await client.shutdown()
}

type Segment = { track(message: object, done: () => void): void }

/** For clients of Segment's interface: at most so many events are under way at once. */
async function trackWithin(windowEvents: number, client: Segment, events: number): Promise<void> {
  const window = new Window(windowEvents)
  for (let at = 0; at < events; at++) {
    window.add()
    const message = { userId: viewerOf(at), event: 'view', properties: propertiesOf(at) }
    client.track(message, () => window.end())
    await window.room()
  }
}

const segment: SdkSender = async (url, events, begin) => {
  const { Analytics } = peer('@segment/analytics-node')
  const client = new Analytics({ writeKey: 'x', host: url })
  begin()
  await trackWithin(WINDOW_EVENTS, client, events)
  await client.closeAndFlush()
}

const amplitude: SdkSender = async (url, events, begin) => {
  const client = peer('@amplitude/analytics-node').createInstance()
  await client.init('k'.repeat(32), { serverUrl: `${url}/2/httpapi`, logLevel: 0 }).promise
  const window = new Window(WINDOW_EVENTS)
  begin()
  for (let at = 0; at < events; at++) {
    window.add()
    client.track('view', propertiesOf(at), { user_id: viewerOf(at) }).promise.then(() => window.end())
    if (at % WINDOW_EVENTS === WINDOW_EVENTS - 1) client.flush()
    await window.room()
  }
  // Its flush ends before what was under way when it was called.
  for (; window.open > 0; await sleep(FLUSH_AGAIN_MS)) await client.flush().promise
}

const rudder: SdkSender = async (url, events, begin) => {
  const Analytics = peer('@rudderstack/rudder-sdk-node')
  const client = new Analytics('x', { dataPlaneUrl: url, logLevel: 'error' })
  begin()
  await trackWithin(RUDDER_WINDOW_EVENTS, client, events)
  while (client.queue.length > 0) await client.flush()
}

export const OURS: Readonly<Record<string, SdkSender>> = {
  'processEvents, 1,000 a list': inLists(1_000),
  'processEvents, 100 a list': inLists(100),
  track: tracked,
}
export const ONE_LIST = 'processEvents, one list'
export const PEERS: Readonly<Record<string, SdkSender>> = {
  'posthog-node': posthog,
  'analytics-node': segment,
  'amplitude-node': amplitude,
  'rudder-sdk-node': rudder,
}
export const SENDERS: Readonly<Record<string, SdkSender>> = { ...OURS, [ONE_LIST]: inOneList, ...PEERS }
