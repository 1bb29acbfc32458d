// Measures how soon an acknowledged event is visible in an answer: one virtual user sends an event to its own video,
// polls until it is counted, and repeats. The video is the run's last, so that its events are part of the exactness
// check too.
import { check } from 'k6'
import http from 'k6/http'
import type { Ledger } from './ledger.ts'
import { EVENT_TYPES, minuteIndex, type Run, videoId } from './names.ts'
import { pause, send } from './send.ts'
import type { Settings } from './settings.ts'
import type { Batch } from './traffic.ts'

type Stats = { readonly value: number }

const ASK_EVERY_MS = 100
const SEND_EVERY_MS = 1_000
const SHOWN_WITHIN_MS = 60_000
const OK = 200
/** State of the only virtual user of the scenario. */
let sent = 0

/** The videos that other traffic may use: all but the last. */
export function videosOfTraffic({ videos }: Settings): number {
  return videos - 1
}

export async function probeFreshness(settings: Settings, ledger: Ledger, run: Run): Promise<void> {
  const startedMs = Date.now()
  const isAcknowledged = await send(settings, ledger, run, probeOf(settings, run, sent, startedMs))
  if (!isAcknowledged) return
  sent++
  const acknowledgedMs = Date.now()
  let counted = 0
  while (counted < sent && Date.now() - acknowledgedMs < SHOWN_WITHIN_MS) {
    await pause(ASK_EVERY_MS)
    counted = await countOf(settings, run)
  }
  ledger.fresh(run, Date.now() - acknowledgedMs)
  check(counted, { 'an event that was acknowledged is counted once': (found) => found === sent })
  await pause(Math.max(0, startedMs + SEND_EVERY_MS - Date.now()))
}

function probeOf({ videos }: Settings, run: Run, number: number, timeMs: number): Batch {
  const video = videos - 1
  const event = {
    id: `${run.name}-probe-${number}-${timeMs}`,
    videoId: videoId(run, video),
    type: 'view',
    time: timeMs,
    value: 1,
  }
  return {
    body: JSON.stringify(event),
    keys: [video * EVENT_TYPES.length],
    minutes: [minuteIndex(run, timeMs)],
    thousandths: [1_000],
  }
}

/** 0 if there is no answer. */
async function countOf({ url, videos, headers, timeout }: Settings, run: Run): Promise<number> {
  const video = videoId(run, videos - 1)
  const path = `/v1/videos/${video}/stats?eventType=view&function=count`
  const response = await http.asyncRequest('GET', `${url}${path}`, null, {
    headers,
    timeout,
    tags: { name: 'freshness' },
  })
  return response.status === OK ? (response.json() as unknown as Stats).value : 0
}
