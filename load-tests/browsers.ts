// Pages that send each event immediately, as the SDK does in a browser: many small requests.
import type { Options } from 'k6/options'
import { ALWAYS, atRate, freshnessScenario, TREND_STATS } from './lib/scenarios.ts'
import { scriptOf } from './lib/script.ts'
import { readSettings } from './lib/settings.ts'

const settings = readSettings({ script: 'browsers', rate: 1_000, duration: '2m', batchEvents: 1 })
const { rate, durationMs } = settings
const script = scriptOf(settings, durationMs)

export const options: Options = {
  summaryTrendStats: TREND_STATS,
  scenarios: {
    pages: atRate(settings, rate, durationMs),
    probe: freshnessScenario(settings, durationMs),
  },
  thresholds: {
    ...ALWAYS,
    dropped_iterations: ['count==0'],
    freshness_ms: ['p(99)<3000'],
    'http_req_duration{name:events}': ['p(99)<250'],
  },
}

export const { setup, freshness, handleSummary } = script

export default script.send
