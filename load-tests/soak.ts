// Does it last? Near its capacity for one hour or more. `npm run load` injects a fault every five minutes, so slow
// answers are allowed, but not for long; memory must not grow, and all counts must be exact at the end.
import type { Options } from 'k6/options'
import { begin } from './lib/begin.ts'
import { probeFreshness } from './lib/freshness.ts'
import { Ledger } from './lib/ledger.ts'
import type { Run } from './lib/names.ts'
import { report } from './lib/report.ts'
import { ALWAYS, atRate, freshnessScenario, TREND_STATS } from './lib/scenarios.ts'
import { readSettings } from './lib/settings.ts'
import type { SummaryData } from './lib/summary.ts'
import { sendTraffic } from './lib/traffic-scenario.ts'

const settings = readSettings({ script: 'soak', rate: 21_000, duration: '60m' })
const { rate, durationMs } = settings
const ledger = new Ledger(settings, durationMs)

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

export const setup = () => begin(settings)
export const freshness = (run: Run) => probeFreshness(settings, ledger, run)
export const handleSummary = (data: SummaryData) => report(settings, durationMs, data)

export default (run: Run) => sendTraffic(settings, ledger, run)
