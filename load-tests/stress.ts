// Where does it break, and which part breaks first? Arrival grows steadily from RATE to RATE_MAX over DURATION.
// Breaking is the purpose, so there is no threshold for speed; but acknowledged events must be counted exactly even
// then.
import type { Options } from 'k6/options'
import { ALWAYS, atRates, freshnessScenario, TREND_STATS } from './lib/scenarios.ts'
import { scriptOf } from './lib/script.ts'
import { numberOf, readSettings } from './lib/settings.ts'

const settings = readSettings({ script: 'stress', rate: 10_000, duration: '5m', batchEvents: 200 })
const { rate, durationMs } = settings
const rateMax = numberOf('RATE_MAX', 300_000, rate, 10_000_000)
const script = scriptOf(settings, durationMs)

export const options: Options = {
  summaryTrendStats: TREND_STATS,
  scenarios: {
    rise: atRates(settings, rate, [{ toEventsPerSecond: rateMax, durationMs }]),
    probe: freshnessScenario(settings, durationMs),
  },
  thresholds: ALWAYS,
}

export const { setup, freshness, handleSummary } = script

export default script.send
