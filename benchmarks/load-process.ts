// Sends events for some seconds over several connections, and until there were so many requests, in its own process,
// and prints what was acknowledged:
// node load-process.ts URL SECONDS CONNECTIONS [EVENTS-PER-SECOND [EVENTS-PER-REQUEST [FORM [REQUESTS-MIN]]]]
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BodyForm, EventBatch, HEADERS } from './event-batch.ts'
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

/** Small requests take turns in so many events, so that they name as many videos as large ones do. */
const EVENTS_PER_CONNECTION_MIN = 100
const VIDEOS = 1_000
/** Every twentieth request repeats the one before it. */
const COPY_EVERY = 20
const ACCEPTED = 202
const OVERLOADED = 503
const ATTEMPTS_MAX = 100
const RETRY_AFTER_MS = 100

const [url = '', seconds = '', connections = '', eventsPerSecond = 'Infinity', ...shape] =
  process.argv.slice(2)
const [perRequest = '100', form = 'json', requestsMin = '0'] = shape
const eventsPerRequest = Number(perRequest)
const requestsMinEach = Number(requestsMin) / Number(connections)
/** The rate of one connection; without it each sends again as soon as it is answered. */
const requestIntervalMs = (Number(connections) * eventsPerRequest * 1_000) / Number(eventsPerSecond)
const random = seededRandom(11)
const video = zipf(VIDEOS, random)
const latenciesMs: number[] = []
const distinct: Record<string, number> = {}
let acknowledged = 0

function newBatch(): EventBatch {
  const events = Array.from({ length: eventsPerRequest }, () => ({
    videoId: `video-${video().toString().padStart(5, '0')}`,
    type: random() < 0.9 ? 'view' : 'like',
    value: Math.floor(random() * 600_000) / 1_000,
  }))
  return new EventBatch(events, Date.now(), form as BodyForm)
}

function newBatches(): EventBatch[] {
  return Array.from({ length: Math.ceil(EVENTS_PER_CONNECTION_MIN / eventsPerRequest) }, newBatch)
}

/** On a busy machine a server sheds load now and then, and takes the same events a moment later. */
async function answerTo(sender: RequestSender, body: Buffer): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const status = await sender.post(body)
    if (status !== OVERLOADED || attempt === ATTEMPTS_MAX) return status
    await sleep(RETRY_AFTER_MS)
  }
}

async function send(sender: RequestSender, batches: readonly EventBatch[], untilMs: number): Promise<void> {
  const fromMs = performance.now()
  let batch = batches[0]!
  for (let request = 0; request < requestsMinEach || performance.now() < untilMs; request++) {
    const dueMs = fromMs + request * requestIntervalMs
    if (dueMs > performance.now()) await sleep(dueMs - performance.now())
    const isCopy = request % COPY_EVERY === COPY_EVERY - 1
    if (!isCopy) {
      batch = batches[request % batches.length]!
      batch.renew()
    }
    const startedMs = performance.now()
    assert.equal(await answerTo(sender, batch.body), ACCEPTED)
    latenciesMs.push(performance.now() - startedMs)
    acknowledged += batch.events.length
    if (isCopy) continue
    for (const { videoId } of batch.events) distinct[videoId] = (distinct[videoId] ?? 0) + 1
  }
}

const batches = Array.from({ length: Number(connections) }, newBatches)
const senders = await Promise.all(
  batches.map(() => RequestSender.connect(new URL(url), HEADERS[form as BodyForm])),
)
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
