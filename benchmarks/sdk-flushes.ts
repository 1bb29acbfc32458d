// How the clients of the SDK's benchmark capture an event and flush, as their documentation says.
import { createClient } from '../sdk/src/node/index.ts'
import { peer } from './sdk-peers.ts'
import { eventOf, propertiesOf, viewerOf } from './sdk-senders.ts'

type Flusher = { capture(at: number): void; flush(): Promise<unknown> }
type MakeFlusher = (url: string) => Flusher | Promise<Flusher>

/** None of their queues may be full before the flush. */
const QUEUE_EVENTS = 10_000

const posthog: MakeFlusher = (url) => {
  const { PostHog } = peer('posthog-node')
  const client = new PostHog('phc_x', { host: url, preloadFeatureFlags: false, maxQueueSize: QUEUE_EVENTS })
  return {
    capture: (at) =>
      client.capture({ distinctId: viewerOf(at), event: 'view', properties: propertiesOf(at) }),
    flush: () => client.flush(),
  }
}

const segment: MakeFlusher = (url) => {
  const { Analytics } = peer('@segment/analytics-node')
  const client = new Analytics({ writeKey: 'x', host: url })
  return {
    capture: (at) => client.track({ userId: viewerOf(at), event: 'view', properties: propertiesOf(at) }),
    flush: () => client.flush(),
  }
}

const amplitude: MakeFlusher = async (url) => {
  const client = peer('@amplitude/analytics-node').createInstance()
  await client.init('k'.repeat(32), { serverUrl: `${url}/2/httpapi`, logLevel: 0 }).promise
  return {
    capture: (at) => client.track('view', propertiesOf(at), { user_id: viewerOf(at) }),
    flush: () => client.flush().promise,
  }
}

const rudder: MakeFlusher = (url) => {
  const Analytics = peer('@rudderstack/rudder-sdk-node')
  const client = new Analytics('x', { dataPlaneUrl: url, logLevel: 'error' })
  return {
    capture: (at) => client.track({ userId: viewerOf(at), event: 'view', properties: propertiesOf(at) }),
    flush: () => client.flush(),
  }
}

export const OUR_FLUSHER = 'track'
export const FLUSHERS: Readonly<Record<string, MakeFlusher>> = {
  [OUR_FLUSHER]: (url) => {
    const client = createClient({ url })
    return { capture: (at) => client.track(eventOf(at)), flush: () => client.flush() }
  },
  'posthog-node': posthog,
  'analytics-node': segment,
  'amplitude-node': amplitude,
  'rudder-sdk-node': rudder,
}
