// Does it work at all? A little traffic for twenty seconds; meant for every change.
import type { Options } from 'k6/options'
import { ALWAYS, atRate, freshnessScenario, TREND_STATS } from './lib/scenarios.ts'
import { scriptOf } from './lib/script.ts'
import { readSettings } from './lib/settings.ts'

const settings = readSettings({ script: 'smoke', rate: 1_000, duration: '20s', batchEvents: 20 })
const { rate, durationMs } = settings
const script = scriptOf(settings, durationMs)

export const options: Options = {
  summaryTrendStats: TREND_STATS,
  scenarios: {
    events: atRate(settings, rate, durationMs),
    probe: freshnessScenario(settings, durationMs),
  },
  thresholds: {
    ...ALWAYS,
    checks: ['rate==1'],
    dropped_iterations: ['count==0'],
    freshness_ms: ['p(99)<5000'],
    'http_req_duration{name:events}': ['p(99)<1000'],
  },
}

export const { setup, freshness, handleSummary } = script

export default script.send
