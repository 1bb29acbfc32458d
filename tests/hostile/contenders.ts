// The clients under test, each used as its documentation shows, with its own settings. A contender sends events and
// passes on which of them the client says are not delivered; of the others the caller must believe that they are.

import { peer } from '../../benchmarks/sdk-peers.ts'
import { createClient, TallyError } from '../../sdk/src/node/index.ts'

/** `told`: called for events that the client says are not, or not surely, delivered. */
type Send = (url: string, marks: readonly string[], told: (marks: readonly string[]) => void) => Promise<void>

export const OURS: Readonly<Record<string, Send>> = {
  processEvents: async (url, marks, told) => {
    const events = marks.map((id) => ({ id, videoId: 'v', type: 'view' }))
    try {
      const { rejected } = await createClient({ url }).processEvents(events)
      told(rejected.map(({ index }) => marks[index]!))
    } catch (error) {
      if (!(error instanceof TallyError)) throw error
      told(error.unresolved.map(({ event }) => event.id!))
      told((error.answered?.rejected ?? []).map(({ index }) => marks[index]!))
    }
  },
}

export const PEERS: Readonly<Record<string, Send>> = {
  'posthog-node': async (url, marks, told) => {
    const { PostHog } = peer('posthog-node')
    const client = new PostHog('phc_x', { host: url, preloadFeatureFlags: false })
    client.on('error', () => told(marks)) // it does not say which
    for (const mark of marks) client.capture({ distinctId: 'viewer', event: 'view', properties: { mark } })
    await client.shutdown()
  },
  'analytics-node': async (url, marks, told) => {
    const { Analytics } = peer('@segment/analytics-node')
    const client = new Analytics({ writeKey: 'x', host: url })
    client.on('error', () => {}) // each event has its own
    for (const mark of marks) {
      const done = (error: unknown) => error && told([mark])
      client.track({ userId: 'viewer', event: 'view', properties: { mark } }, done)
    }
    await client.closeAndFlush()
  },
  'amplitude-node': async (url, marks, told) => {
    const client = peer('@amplitude/analytics-node').createInstance()
    await client.init('k'.repeat(32), { serverUrl: `${url}/2/httpapi`, logLevel: 0 }).promise
    const sent = marks.map(async (mark) => {
      const { code } = await client.track('view', { mark }, { user_id: 'viewer' }).promise
      if (code !== 200) told([mark])
    })
    await client.flush().promise
    await Promise.all(sent)
  },
  'rudder-sdk-node': async (url, marks, told) => {
    const Analytics = peer('@rudderstack/rudder-sdk-node')
    const client = new Analytics('x', { dataPlaneUrl: url, logLevel: 'error' })
    const sent = marks.map((mark) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      const done = (error: unknown) => {
        if (error) told([mark])
        resolve()
      }
      client.track({ userId: 'viewer', event: 'view', properties: { mark } }, done)
      return promise
    })
    await client.flush().catch(() => {})
    await Promise.all(sent)
  },
}
