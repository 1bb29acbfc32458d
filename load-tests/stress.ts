// Where does it break, and which part breaks first? Arrival grows steadily from RATE to RATE_MAX over DURATION.
// Breaking is the purpose, so there is no threshold for speed; but acknowledged events must be counted exactly even
// then.
import type { Options } from 'k6/options'
import { begin } from './lib/begin.ts'
import { probeFreshness } from './lib/freshness.ts'
import { Ledger } from './lib/ledger.ts'
import type { Run } from './lib/names.ts'
import { report } from './lib/report.ts'
import { ALWAYS, atRates, freshnessScenario, TREND_STATS } from './lib/scenarios.ts'
import { numberOf, readSettings } from './lib/settings.ts'
import type { SummaryData } from './lib/summary.ts'
import { sendTraffic } from './lib/traffic-scenario.ts'

const settings = readSettings({ script: 'stress', rate: 10_000, duration: '5m', batchEvents: 200 })
const { rate, durationMs } = settings
const rateMax = numberOf('RATE_MAX', 300_000, rate, 10_000_000)
const ledger = new Ledger(settings, durationMs)

export const options: Options = {
  summaryTrendStats: TREND_STATS,
  scenarios: {
    rise: atRates(settings, rate, [{ toEventsPerSecond: rateMax, durationMs }]),
    probe: freshnessScenario(settings, durationMs),
  },
  thresholds: ALWAYS,
}

export const setup = () => begin(settings)
export const freshness = (run: Run) => probeFreshness(settings, ledger, run)
export const handleSummary = (data: SummaryData) => report(settings, durationMs, data)

export default (run: Run) => sendTraffic(settings, ledger, run)
