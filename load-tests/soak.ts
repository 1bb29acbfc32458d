// Does it last? Near its capacity for one hour or more. `npm run load` injects a fault every five minutes, so slow
// answers are allowed, but not for long; memory must not grow, and all counts must be exact at the end.
import type { Options } from 'k6/options'
import { ALWAYS, atRate, freshnessScenario, TREND_STATS } from './lib/scenarios.ts'
import { scriptOf } from './lib/script.ts'
import { readSettings } from './lib/settings.ts'

const settings = readSettings({ script: 'soak', rate: 21_000, duration: '60m' })
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
    dropped_iterations: ['count==0'],
    freshness_ms: ['p(95)<3000'],
    'http_req_duration{name:events}': ['p(95)<250'],
  },
}

export const { setup, freshness, handleSummary } = script

export default script.send
