// Pages that send each event immediately, as the SDK does in a browser: many small requests.
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

const settings = readSettings({ script: 'browsers', rate: 1_000, duration: '2m', batchEvents: 1 })
const { rate, durationMs } = settings
const ledger = new Ledger(settings, durationMs)

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

export const setup = () => begin(settings)
export const freshness = (run: Run) => probeFreshness(settings, ledger, run)
export const handleSummary = (data: SummaryData) => report(settings, durationMs, data)

export default (run: Run) => sendTraffic(settings, ledger, run)
