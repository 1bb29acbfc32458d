// A video goes viral: in the middle third of DURATION, traffic grows to SPIKE times RATE within five seconds,
// and all additional traffic is for one video.
import type { Options } from 'k6/options'
import { ALWAYS, atRate, atRates, freshnessScenario, seconds, TREND_STATS } from './lib/scenarios.ts'
import { scriptOf } from './lib/script.ts'
import { numberOf, readSettings } from './lib/settings.ts'

const settings = readSettings({ script: 'spike', rate: 3_000, duration: '3m' })
const { rate, durationMs } = settings
const times = numberOf('SPIKE', 10, 2, 1_000)
const script = scriptOf(settings, durationMs)
const thirdMs = durationMs / 3
const riseMs = Math.min(5_000, thirdMs / 4)
const [calm, peak] = [0, rate * (times - 1)]

export const options: Options = {
  summaryTrendStats: TREND_STATS,
  scenarios: {
    everyday: atRate(settings, rate, durationMs),
    viral: {
      ...atRates(settings, calm, [
        { toEventsPerSecond: peak, durationMs: riseMs },
        { toEventsPerSecond: peak, durationMs: thirdMs - 2 * riseMs },
        { toEventsPerSecond: calm, durationMs: riseMs },
      ]),
      startTime: seconds(thirdMs),
      exec: 'viral',
    },
    probe: freshnessScenario(settings, durationMs),
  },
  thresholds: {
    ...ALWAYS,
    dropped_iterations: ['count==0'],
    freshness_ms: ['p(99)<5000'],
    'http_req_duration{name:events}': ['p(99)<1000'],
  },
}

export const viral = script.sendViral
export const { setup, freshness, handleSummary } = script

export default script.send
