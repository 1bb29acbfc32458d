// The weak audit: sends known events through the front door, copies among them, and asks the query service until it
// gives the right answer. It knows no more of the product than a client does.

import type { Clock } from '../../../lib/clock.ts'
import { MINUTE_MS } from '../../../model/bucket.ts'
import { PROBE_SERIES } from '../../../model/probe.ts'
import type { WeakAudit } from '../../../model/weak-audit.ts'

/** The front door and the query service, as the SDK offers them. */
export type ProbedClient = {
  processEvents(events: readonly ProbeEvent[]): Promise<{ readonly accepted: number }>
  getStats(
    videoId: string,
    eventType: string,
    fn: 'count' | 'sum',
    startTime: number,
    endTime: number,
  ): Promise<{ readonly value: number | string | null }>
}

type ProbeEvent = {
  readonly id: string
  readonly videoId: string
  readonly type: string
  readonly time: number
  readonly value: number
}

const EVENTS = 10
const COPIES = 2
const POLL_MS = 250
const PATIENCE_MS = 30_000

/** One probe. Never fails: what goes wrong is its result. */
export async function probe(client: ProbedClient, clock: Clock, signal: AbortSignal): Promise<WeakAudit> {
  const startedMs = clock.nowMs()
  const result = { startedMs, events: EVENTS }
  try {
    for (let copy = 0; copy < COPIES; copy++) await client.processEvents(eventsOf(startedMs))
  } catch (error) {
    return { ...result, ok: false, latencyMs: null, detail: `The events were not taken: ${textOf(error)}` }
  }
  const acknowledgedMs = clock.nowMs()
  for (;;) {
    const detail = await wrongWith(client, startedMs).catch((error) => `The query failed: ${textOf(error)}`)
    const latencyMs = clock.nowMs() - acknowledgedMs
    if (detail === null) return { ...result, ok: true, latencyMs, detail }
    if (latencyMs >= PATIENCE_MS || signal.aborted) return { ...result, ok: false, latencyMs: null, detail }
    await clock.sleep(POLL_MS, signal)
  }
}

function eventsOf(startedMs: number): ProbeEvent[] {
  return Array.from({ length: EVENTS }, (_, i) => ({
    id: `probe-${startedMs}-${i}`,
    ...PROBE_SERIES,
    time: startedMs,
    value: i,
  }))
}

/** What is wrong with the counts of the probe's minute, or null. No other probe may run in the same minute. */
async function wrongWith(client: ProbedClient, startedMs: number): Promise<string | null> {
  const from = Math.floor(startedMs / MINUTE_MS) * MINUTE_MS
  const ask = (fn: 'count' | 'sum') =>
    client
      .getStats(PROBE_SERIES.videoId, PROBE_SERIES.type, fn, from, from + MINUTE_MS)
      .then(({ value }) => Number(value))
  const [count, sum] = await Promise.all([ask('count'), ask('sum')])
  if (count !== EVENTS) return `${count} of ${EVENTS} events are counted.`
  const expected = (EVENTS * (EVENTS - 1)) / 2
  return sum === expected ? null : `Their values add up to ${sum}, not to ${expected}.`
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
