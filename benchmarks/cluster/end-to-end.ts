// Measures a running cluster from the SDK's call to the answer of a query: sends at a steady rate, however long
// answers take, watches how soon events are visible, and checks every count at the end.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Client, createClient, type TallyEvent } from '../../sdk/src/node/index.ts'
import { quantile } from '../race.ts'
import { seededRandom, zipf } from '../random.ts'
import type { Row } from '../report.ts'
import type { EndToEndOptions } from './cluster-options.ts'
import { Probe } from './probes.ts'

const VIDEOS = 1_000
const PROBES = 8
const EVENTS_PER_BATCH = 100
/** The most batches in flight: beyond it the sender falls behind its rate. */
const IN_FLIGHT_MAX = 64
/** The time for counts to become equal to the acknowledged events. */
const SETTLE_MS = 60_000
const POLL_MS = 100
const RANGE_SLACK_MS = 3_600_000
const READS_AT_ONCE = 8

/**
 * A row of the first seconds, and one of those that are measured. Fails if an event could not be delivered, or if the
 * counts do not become equal to the acknowledged events.
 */
export async function endToEnd(options: EndToEndOptions, seed: number): Promise<Row[]> {
  const { warmUpSeconds, seconds } = options
  const rows: Row[] = []
  if (warmUpSeconds > 0) {
    const warming = await measured({ ...options, seconds: warmUpSeconds }, seed)
    rows.push({ seconds: `the first ${warmUpSeconds}`, ...warming })
  }
  rows.push({ seconds: `${seconds}`, ...(await measured(options, seed)) })
  return rows
}

async function measured(options: EndToEndOptions, seed: number): Promise<Row> {
  const run = new Run(options, seed)
  const watching = new AbortController()
  const watches = run.probes.map((probe) => probe.watch(run.client, run.fromMs, run.toMs, watching.signal))
  const seconds = await run.sendAll()
  await settled(() => run.probes.every(({ hasUnseen }) => !hasUnseen))
  watching.abort()
  await Promise.all(watches)
  await run.check()
  const visibleMs = run.probes.flatMap((probe) => probe.visibleMs)
  const at = (times: readonly number[], q: number) => Math.round(quantile(times, q))
  return {
    'asked events/s': options.eventsPerSecond,
    'acknowledged events/s': Math.round(run.acknowledged / seconds),
    'ack p50 ms': at(run.ackMs, 0.5),
    'ack p99 ms': at(run.ackMs, 0.99),
    'visible p50 ms': at(visibleMs, 0.5),
    'visible p99 ms': at(visibleMs, 0.99),
    'visible max ms': at(visibleMs, 1),
    'videos exact': `all ${run.expected.size}`,
  }
}

class Run {
  readonly client: Client
  readonly probes: readonly Probe[]
  readonly ackMs: number[] = []
  /** By video, what its count must become. */
  readonly expected = new Map<string, number>()
  readonly fromMs = Date.now() - RANGE_SLACK_MS
  readonly toMs: number
  acknowledged = 0
  readonly #options: EndToEndOptions
  readonly #prefix = `e2e-${Date.now().toString(36)}`
  readonly #rank: () => number

  constructor(options: EndToEndOptions, seed: number) {
    this.#options = options
    this.client = createClient({ url: options.url, concurrency: 1 })
    this.probes = Array.from({ length: PROBES }, (_, i) => new Probe(`${this.#prefix}-probe-${i}`))
    this.toMs = Date.now() + options.seconds * 1_000 + RANGE_SLACK_MS
    this.#rank = zipf(VIDEOS, seededRandom(seed))
  }

  /** The seconds from the first batch to the last acknowledgement. */
  async sendAll(): Promise<number> {
    const { eventsPerSecond, seconds } = this.#options
    const batches = Math.ceil((eventsPerSecond * seconds) / EVENTS_PER_BATCH)
    const inFlight = new Set<Promise<void>>()
    const startMs = performance.now()
    for (let i = 0; i < batches; i++) {
      const dueMs = startMs + (i * EVENTS_PER_BATCH * 1_000) / eventsPerSecond
      if (dueMs > performance.now()) await sleep(dueMs - performance.now())
      while (inFlight.size >= IN_FLIGHT_MAX) await Promise.race(inFlight)
      const batch = this.#send(this.probes[i % PROBES]!).then(() => void inFlight.delete(batch))
      batch.catch(() => {}) // it stays in flight, and the next wait gets its failure
      inFlight.add(batch)
    }
    await Promise.all(inFlight)
    return (performance.now() - startMs) / 1_000
  }

  /** Every video's count once more, after the probes have been seen. */
  async check(): Promise<void> {
    const rest = this.expected.entries()
    const worker = async () => {
      for (const [videoId, count] of rest) {
        const isEqual = async () => (await this.#count(videoId)) === count
        await settled(isEqual, `${videoId} does not come to ${count}`)
      }
    }
    await Promise.all(Array.from({ length: READS_AT_ONCE }, worker))
  }

  async #send(probe: Probe): Promise<void> {
    const events = Array.from({ length: EVENTS_PER_BATCH - 1 }, () => view(`${this.#prefix}-${this.#rank()}`))
    events.push(view(probe.videoId))
    const sentMs = performance.now()
    const { accepted } = await this.client.processEvents(events)
    if (accepted !== events.length) throw new Error(`${events.length - accepted} events were rejected`)
    this.ackMs.push(performance.now() - sentMs)
    probe.acknowledged()
    this.acknowledged += accepted
    for (const { videoId } of events) this.expected.set(videoId, (this.expected.get(videoId) ?? 0) + 1)
  }

  async #count(videoId: string): Promise<number | null> {
    return (await this.client.getStats(videoId, 'view', 'count', this.fromMs, this.toMs)).value
  }
}

function view(videoId: string): TallyEvent {
  return { videoId, type: 'view', time: Date.now(), value: 1 }
}

async function settled(
  condition: () => boolean | Promise<boolean>,
  failure = 'probes stay unseen',
): Promise<void> {
  const deadlineMs = performance.now() + SETTLE_MS
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(failure)
    await sleep(POLL_MS)
  }
}
