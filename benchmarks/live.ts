// How soon each of many live connections is notified of every event, and what that costs the server. Each event adds
// one to the count, so a message with `n` delivers the first n events of its video.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { MIB } from '../lib/byte-units.ts'
import { LiveClient, type LiveMessage } from '../testing/live-client.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { median, quantile } from './race.ts'
import { print } from './report.ts'
import { scaleOf } from './scale.ts'
import { ServerProcess } from './server-process.ts'

const STANDALONE = new URL('../services/standalone/main.ts', import.meta.url)
const { quick } = scaleOf(process.argv)
const CONNECTIONS = quick ? 50 : 500
const SECONDS = quick ? 3 : 20
const VIDEOS = 50
/** Each connection watches so many of the videos, the first one always. */
const WATCHED = 4
const SEND_INTERVAL_MS = 100
/** The deadline after the acknowledgement: the flush interval plus two seconds. */
const DELIVERED_MS_MAX = 3_000

const ackedMs = Array.from({ length: VIDEOS }, (): number[] => [])
const delaysMs: number[] = []
let messages = 0

class Watcher {
  readonly videos: readonly number[]
  readonly #delivered = new Map<number, number>()

  constructor(i: number) {
    this.videos = [0, ...Array.from({ length: WATCHED - 1 }, (_, k) => 1 + ((i * 3 + k) % (VIDEOS - 1)))]
  }

  async connect(url: string): Promise<LiveClient> {
    const query = this.videos.map((video) => `videoId=${nameOf(video)}`).join('&')
    const client = await LiveClient.connect(`${url}/v1/live?${query}&eventType=view`, {
      onMessage: (message) => this.#take(message),
    })
    assert.equal(client.response.statusCode, 200)
    return client
  }

  /** Whether it was notified of every event of its videos. */
  isDone(): boolean {
    return this.videos.every((video) => this.#delivered.get(video) === ackedMs[video]!.length)
  }

  #take({ event, data }: LiveMessage): void {
    assert.equal(event, 'counts')
    messages++
    const nowMs = performance.now()
    const { videoId, count } = data as { videoId: string; count: number }
    const video = Number(videoId.slice('video-'.length))
    for (let i = this.#delivered.get(video) ?? 0; i < count; i++) {
      delaysMs.push(Math.max(0, nowMs - (ackedMs[video]![i] ?? nowMs)))
    }
    this.#delivered.set(video, count)
  }
}

function nameOf(video: number): string {
  return `video-${video}`
}

/** Repeatedly sends one event of the first video and of some others. */
async function sendAll(url: string): Promise<number> {
  let sent = 0
  const endMs = performance.now() + SECONDS * 1_000
  for (let round = 0; performance.now() < endMs; round++) {
    const videos = [0, 1 + (round % (VIDEOS - 1)), 1 + ((round * 7 + 3) % (VIDEOS - 1))]
    const events = videos.map((video) => ({
      id: `e${sent++}`,
      videoId: nameOf(video),
      type: 'view',
      time: Date.now(),
    }))
    const headers = { 'content-type': 'application/json' }
    const { status } = await fetch(`${url}/v1/events`, {
      method: 'POST',
      headers,
      body: JSON.stringify(events),
    })
    assert.equal(status, 202)
    for (const video of videos) ackedMs[video]!.push(performance.now())
    await sleep(SEND_INTERVAL_MS)
  }
  return sent
}

async function residentBytes(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(text)![1])
}

await using directory = await temporaryDirectory()
const server = await ServerProcess.start(STANDALONE, {
  PORT: '0',
  DATA_DIR: directory.path,
  LIVE_CONNECTIONS_PER_ADDRESS_MAX: String(CONNECTIONS),
})
try {
  const beforeBytes = await residentBytes(server.url)
  const watchers = Array.from({ length: CONNECTIONS }, (_, i) => new Watcher(i))
  const connectMs = performance.now()
  const clients = await Promise.all(watchers.map((watcher) => watcher.connect(server.url)))
  const connectedMs = performance.now() - connectMs
  const cpuBefore = await server.cpuSeconds()
  const sent = await sendAll(server.url)
  const deadlineMs = performance.now() + DELIVERED_MS_MAX
  while (!watchers.every((watcher) => watcher.isDone()) && performance.now() < deadlineMs) await sleep(10)
  const done = watchers.filter((watcher) => watcher.isDone()).length
  const cpu = ((await server.cpuSeconds()) - cpuBefore) / SECONDS
  const afterBytes = await residentBytes(server.url)
  for (const client of clients) client.close()
  print(`live: ${CONNECTIONS} connections of ${WATCHED} videos each, ${SECONDS} s, flush interval 1 s`, [
    {
      'connected in, ms': Math.round(connectedMs),
      'events sent': sent,
      'messages received': messages,
      'events delivered': delaysMs.length,
      'notified of everything': `${done} of ${CONNECTIONS}`,
      'p50 after 202, ms': median(delaysMs),
      'p99, ms': quantile(delaysMs, 0.99),
      'longest, ms': delaysMs.reduce((a, b) => Math.max(a, b), 0),
      'server CPU, %': Math.round(cpu * 100),
      'memory before, MiB': Math.round(beforeBytes / MIB),
      'after, MiB': Math.round(afterBytes / MIB),
    },
  ])
  assert.equal(done, CONNECTIONS, 'not every connection was notified of everything')
  assert.ok(
    delaysMs.every((ms) => ms <= DELIVERED_MS_MAX),
    'a change came too late',
  )
} finally {
  await server.stop()
}
