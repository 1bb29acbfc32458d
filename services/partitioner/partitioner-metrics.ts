// The metrics of a partitioner as an interface in its own terms; prometheusMetrics implements it.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { RejectionCode } from '../../model/rejection.ts'
import type { Lane } from '../../stores/log/log.ts'

export interface EventMetrics {
  accepted(lane: Lane, events: number): void
  rejected(code: RejectionCode): void
  answered(status: number): void
  appended(lane: Lane, events: number, tookMs: number): void
  appendFailed(lane: Lane): void
  inFlightBytes(bytes: number): void
  /** A request was refused because the process cannot keep up. */
  shed(): void
}

export const NO_METRICS: EventMetrics = {
  accepted() {},
  rejected() {},
  answered() {},
  appended() {},
  appendFailed() {},
  inFlightBytes() {},
  shed() {},
}

const APPEND_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const RECORD_EVENTS = [1, 4, 16, 64, 256, 1_024, 4_096]

export function prometheusMetrics(registry: Registry): EventMetrics {
  const registers = [registry]
  const accepted = counterBy<Lane>('lane', {
    name: 'tally_events_accepted_total',
    help: "Events that are durable in the log, by lane; without the probe's own.",
    registers,
  })
  const rejected = counterBy<RejectionCode>('code', {
    name: 'tally_events_rejected_total',
    help: 'Events rejected when they were received, by code.',
    registers,
  })
  const answered = counterBy<number>('status', {
    name: 'tally_event_requests_total',
    help: 'Requests to POST /v1/events, by status.',
    registers,
  })
  const appendSeconds = new Histogram({
    name: 'tally_append_seconds',
    help: 'Time from passing a record to the log until it is durable.',
    labelNames: ['lane'],
    buckets: APPEND_SECONDS,
    registers,
  })
  const recordEvents = new Histogram({
    name: 'tally_record_events',
    help: 'Events in one record of the log.',
    labelNames: ['lane'],
    buckets: RECORD_EVENTS,
    registers,
  })
  const failures = new Counter({
    name: 'tally_append_failures_total',
    help: 'Records that the log did not confirm.',
    labelNames: ['lane'],
    registers,
  })
  let inFlight = 0
  new Gauge({
    name: 'tally_in_flight_bytes',
    help: 'Bodies of requests that are not answered yet.',
    registers,
    collect() {
      this.set(inFlight)
    },
  })
  const shed = new Counter({
    name: 'tally_event_requests_shed_total',
    help: 'Requests refused because turns of the event loop take too long, before their body is read.',
    registers,
  })
  return {
    accepted,
    rejected,
    answered,
    appended(lane, events, tookMs) {
      appendSeconds.observe({ lane }, tookMs / 1000)
      recordEvents.observe({ lane }, events)
    },
    appendFailed: (lane) => failures.inc({ lane }),
    inFlightBytes(bytes) {
      inFlight = bytes
    },
    shed: () => shed.inc(),
  }
}

type CounterOptions = { readonly name: string; readonly help: string; readonly registers: Registry[] }

/**
 * Counts in a Map and hands the sums over at each scrape: finding the child of a label takes the library longer than
 * the door takes for an event.
 */
function counterBy<Value extends string | number>(label: string, options: CounterOptions) {
  const sums = new Map<Value, number>()
  new Counter({
    ...options,
    labelNames: [label],
    collect() {
      this.reset()
      for (const [value, sum] of sums) this.inc({ [label]: value }, sum)
    },
  })
  return (value: Value, by = 1) => {
    sums.set(value, (sums.get(value) ?? 0) + by)
  }
}
