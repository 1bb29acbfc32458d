// Dashboards query while events arrive: QUERIES queries a second of five kinds, and RATE events a second.
import type { Options } from 'k6/options'
import type { Run } from './lib/names.ts'
import { askOne, QUESTIONS } from './lib/questions.ts'
import { ALWAYS, atRate, freshnessScenario, TREND_STATS } from './lib/scenarios.ts'
import { scriptOf } from './lib/script.ts'
import { numberOf, readSettings } from './lib/settings.ts'

const settings = readSettings({ script: 'queries-with-ingest', rate: 5_000, duration: '2m' })
const { rate, durationMs } = settings
const queries = numberOf('QUERIES', 50, 1, 100_000)
const script = scriptOf(settings, durationMs)

export const options: Options = {
  summaryTrendStats: TREND_STATS,
  scenarios: {
    events: atRate(settings, rate, durationMs),
    dashboards: {
      ...atRate({ ...settings, batchEvents: 1 }, queries, durationMs),
      exec: 'ask',
    },
    probe: freshnessScenario(settings, durationMs),
  },
  thresholds: {
    ...ALWAYS,
    checks: ['rate==1'],
    dropped_iterations: ['count==0'],
    freshness_ms: ['p(99)<3000'],
    'http_req_duration{name:events}': ['p(99)<250'],
    ...Object.fromEntries(QUESTIONS.map(({ name }) => [`http_req_duration{name:${name}}`, ['p(99)<250']])),
  },
}

export const ask = (run: Run) => askOne(settings, run)
export const { setup, freshness, handleSummary } = script

export default script.send
