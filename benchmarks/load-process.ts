// Sends events for some seconds over several connections, in its own process, and prints what was acknowledged:
// node load-process.ts URL SECONDS CONNECTIONS [EVENTS-PER-SECOND]
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { EventBatch } from './event-batch.ts'
import { quantile } from './race.ts'
import { seededRandom, zipf } from './random.ts'
import { RequestSender } from './request-sender.ts'

export type LoadResult = {
  readonly seconds: number
  /** Events of all requests that were answered 202. */
  readonly acknowledged: number
  /** The same without copies, by video. */
  readonly distinct: Readonly<Record<string, number>>
  readonly p50Ms: number
  readonly p99Ms: number
  readonly loadCpuSeconds: number
}

const EVENTS_PER_REQUEST = 100
const VIDEOS = 1_000
/** Every twentieth request repeats the one before it. */
const COPY_EVERY = 20
const ACCEPTED = 202

const [url = '', seconds = '', connections = '', eventsPerSecond = 'Infinity'] = process.argv.slice(2)
/** The rate of one connection; without it each sends again as soon as it is answered. */
const requestIntervalMs = (Number(connections) * EVENTS_PER_REQUEST * 1_000) / Number(eventsPerSecond)
const random = seededRandom(11)
const video = zipf(VIDEOS, random)
const latenciesMs: number[] = []
const distinct: Record<string, number> = {}
let acknowledged = 0

function newBatch(): EventBatch {
  const events = Array.from({ length: EVENTS_PER_REQUEST }, () => ({
    videoId: `video-${video().toString().padStart(5, '0')}`,
    type: random() < 0.9 ? 'view' : 'like',
    value: Math.floor(random() * 600_000) / 1_000,
  }))
  return new EventBatch(events, Date.now())
}

async function send(sender: RequestSender, batch: EventBatch, untilMs: number): Promise<void> {
  const fromMs = performance.now()
  for (let request = 0; performance.now() < untilMs; request++) {
    const dueMs = fromMs + request * requestIntervalMs
    if (dueMs > performance.now()) await sleep(dueMs - performance.now())
    const isCopy = request % COPY_EVERY === COPY_EVERY - 1
    if (!isCopy) batch.renew()
    const startedMs = performance.now()
    assert.equal(await sender.post(batch.body), ACCEPTED)
    latenciesMs.push(performance.now() - startedMs)
    acknowledged += batch.events.length
    if (isCopy) continue
    for (const { videoId } of batch.events) distinct[videoId] = (distinct[videoId] ?? 0) + 1
  }
}

const batches = Array.from({ length: Number(connections) }, newBatch)
const senders = await Promise.all(batches.map(() => RequestSender.connect(new URL(url))))
const cpuBefore = process.cpuUsage()
const startedMs = performance.now()
const untilMs = startedMs + Number(seconds) * 1_000
await Promise.all(senders.map((sender, i) => send(sender, batches[i]!, untilMs)))
const took = (performance.now() - startedMs) / 1_000
const { user, system } = process.cpuUsage(cpuBefore)
for (const sender of senders) sender.close()

const result: LoadResult = {
  seconds: took,
  acknowledged,
  distinct,
  p50Ms: quantile(latenciesMs, 0.5),
  p99Ms: quantile(latenciesMs, 0.99),
  loadCpuSeconds: (user + system) / 1e6,
}
console.log(JSON.stringify(result))
