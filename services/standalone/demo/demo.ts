// npm start -- --demo: the product as it is, on data of its own, with believable traffic sent through the SDK.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseApiKeys } from '../../../lib/http/keys/api-keys.ts'
import type { Running } from '../../../lib/run-process.ts'
import type { Environment } from '../../../lib/settings-reader.ts'
import { MINUTE_MS } from '../../../model/bucket.ts'
import { type Client, createClient, type TallyEvent } from '../../../sdk/src/node/index.ts'
import { CATALOGUE, FAMOUS, publishedMs } from './catalogue.ts'
import { importPast } from './past.ts'
import { isTaken, type Target } from './target.ts'
import { eventsBetween, FAME_TEXT, fameMs, type Scene, watching } from './traffic.ts'

/** The last day is within the horizon, so that it is counted live. */
const HISTORY_MS = 24 * 60 * MINUTE_MS - 5 * MINUTE_MS
const HORIZON_MS = 24 * 60 * MINUTE_MS
const STEP_MS = 250
const HEARTBEAT_MS = 5_000
const BATCH_EVENTS = 1_000

/**
 * Starts the product in a new directory that is removed at the end: a user's DATA_DIR, archive and keys are never
 * touched. The horizon is a day, so that a day of history can be sent.
 */
export async function startDemo(
  start: (environment: Environment) => Promise<Running>,
  environment: Environment,
): Promise<Running> {
  const directory = await mkdtemp(join(tmpdir(), 'tally-demo-'))
  const clean = () => rm(directory, { recursive: true, force: true })
  const { ARCHIVE_URL: _archive, OVERFLOW_URL: _overflow, KEYS_FILE: _keys, ...others } = environment
  const settings = { ...others, DATA_DIR: directory, HORIZON_MS: String(HORIZON_MS) }
  const running = await start(settings).catch(async (error) => {
    await clean()
    throw error
  })
  const apiKey = environment.API_KEYS?.split(',')[0]?.replace(/=[^=]*$/, '') || undefined
  const tenant = parseApiKeys(environment.API_KEYS)[0]?.tenant ?? ''
  const adminKey = environment.ADMIN_KEYS?.split(',')[0]
  const stopping = new AbortController()
  const sent = sendTraffic({ url: running.url, apiKey, tenant, adminKey, signal: stopping.signal })
  console.log(`demo  ${running.url}/ shows made-up traffic; its data goes when you stop it`)
  return {
    url: running.url,
    async stop() {
      stopping.abort()
      await sent
      await running.stop()
      await clean()
    },
  }
}

async function sendTraffic(target: Target): Promise<void> {
  const { url, apiKey, signal } = target
  const client = createClient({ url, ...(apiKey !== undefined && { apiKey }) })
  const startMs = Date.now()
  const zoneOffsetMs = -new Date(startMs).getTimezoneOffset() * MINUTE_MS
  const scene = { startMs, zoneOffsetMs, chance: Math.random }
  const works = [
    nameVideos(target, scene),
    sendHistory(client, scene, signal)
      .then(() => importPast(target, scene.startMs - HISTORY_MS, scene))
      .then(tellIfNone),
    sendLive(client, scene, signal),
    sendHeartbeats(target, scene),
  ]
  for (const { reason } of (await Promise.allSettled(works)).filter((one) => one.status === 'rejected')) {
    if (!signal.aborted) console.error(`demo: some of the traffic stopped: ${reason}`)
  }
}

function tellIfNone(imported: number): void {
  if (imported === 0) console.log('demo  without a key of ADMIN_KEYS there is no history of two months')
}

/** Newest first, so that the last hour is visible at once. */
async function sendHistory(client: Client, scene: Scene, signal: AbortSignal): Promise<void> {
  let batch: TallyEvent[] = []
  for (let toMs = scene.startMs; toMs > scene.startMs - HISTORY_MS; toMs -= MINUTE_MS) {
    batch.push(...eventsBetween(toMs - MINUTE_MS, toMs, scene))
    if (batch.length < BATCH_EVENTS) continue
    await client.processEvents(batch, { signal })
    batch = []
  }
  await client.processEvents(batch, { signal })
}

async function sendLive(client: Client, scene: Scene, signal: AbortSignal): Promise<void> {
  for (let fromMs = scene.startMs; !signal.aborted; ) {
    await sleep(STEP_MS, undefined, { signal })
    const toMs = Date.now()
    const events = eventsBetween(fromMs, toMs, scene)
    if (events.length > 0) await client.processEvents(events, { signal })
    fromMs = toMs
  }
}

/** Sends titles if the server stores them; if not, the videos are shown by their ids. */
async function nameVideos(target: Target, { startMs, zoneOffsetMs }: Scene): Promise<void> {
  const videos = CATALOGUE.map((video, at) => ({ ...video, published: publishedMs(at, startMs) }))
  if (!(await isTaken(target, { method: 'POST', path: '/v1/videos' }, { videos }))) return
  const path = `/v1/videos/${CATALOGUE[FAMOUS]!.videoId}/annotations/fame`
  await isTaken(target, { method: 'PUT', path }, { time: fameMs(startMs, zoneOffsetMs), text: FAME_TEXT })
}

/** Sends heartbeats of open players, if the server counts viewers. */
async function sendHeartbeats(target: Target, { startMs, chance }: Scene): Promise<void> {
  while (!target.signal.aborted) {
    for (const [at, viewers] of watching(Date.now(), startMs, chance)) {
      const path = `/v1/videos/${CATALOGUE[at]!.videoId}/heartbeat`
      for (let viewer = 0; viewer < viewers; viewer++) {
        if (!(await isTaken(target, { method: 'POST', path }, { viewerId: `viewer-${at}-${viewer}` }))) return
      }
    }
    await sleep(HEARTBEAT_MS, undefined, { signal: target.signal })
  }
}
