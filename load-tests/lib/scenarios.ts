// Scenarios that the scripts have in common. Arrival is open: requests start when they are due, whether or
// not earlier ones are answered.
import type { ConstantVUsScenario, ObjectThreshold, Scenario } from 'k6/options'
import { MS_PER_SECOND } from './durations.ts'
import type { Settings } from './settings.ts'

type Thresholds = { [name: string]: (string | ObjectThreshold)[] }

/** Retries may take RETRY_FOR plus a last attempt; no request with an unknown outcome may be interrupted. */
const BEYOND_RETRIES_MS = 30_000
const VUS_AT_FIRST = 100

export function seconds(ms: number): string {
  return `${ms / MS_PER_SECOND}s`
}

function gracefulStop({ retryMs }: Settings): string {
  return seconds(retryMs + BEYOND_RETRIES_MS)
}

/** @param eventsPerSecond in requests of `batchEvents` */
export function atRate(
  settings: Settings,
  eventsPerSecond: number,
  durationMs: number,
  startMs = 0,
): Scenario {
  return {
    executor: 'constant-arrival-rate',
    rate: requestsPerMinute(settings, eventsPerSecond),
    timeUnit: '1m',
    duration: seconds(durationMs),
    startTime: seconds(startMs),
    gracefulStop: gracefulStop(settings),
    ...vus(settings),
  }
}

export type RateStage = { readonly toEventsPerSecond: number; readonly durationMs: number }

export function atRates(settings: Settings, startRate: number, stages: readonly RateStage[]): Scenario {
  return {
    executor: 'ramping-arrival-rate',
    startRate: requestsPerMinute(settings, startRate),
    timeUnit: '1m',
    stages: stages.map(({ toEventsPerSecond, durationMs }) => ({
      target: requestsPerMinute(settings, toEventsPerSecond),
      duration: seconds(durationMs),
    })),
    gracefulStop: gracefulStop(settings),
    ...vus(settings),
  }
}

export function freshnessScenario(settings: Settings, durationMs: number): ConstantVUsScenario {
  return {
    executor: 'constant-vus',
    vus: 1,
    duration: seconds(durationMs),
    exec: 'freshness',
    gracefulStop: gracefulStop(settings),
  }
}

/** Thresholds of every run, however heavy. */
export const ALWAYS: Thresholds = {
  events_rejected: ['count==0'],
  events_refused: ['count==0'],
  events_given_up: ['count==0'],
}

function requestsPerMinute({ batchEvents }: Settings, eventsPerSecond: number): number {
  return Math.max(1, Math.round((eventsPerSecond * 60) / batchEvents))
}

function vus({ vusMax }: Settings) {
  return { preAllocatedVUs: Math.min(VUS_AT_FIRST, vusMax), maxVUs: vusMax }
}

/** The statistics for the report. */
export const TREND_STATS = ['avg', 'min', 'med', 'max', 'p(95)', 'p(99)', 'count']
