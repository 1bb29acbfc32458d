// Can it sustain the expected traffic, and two and three times as much? Constant arrival, one multiple after the
// other. RATE is the expected traffic; MULTIPLES which multiples, DURATION how long each.
import type { Options } from 'k6/options'
import { ALWAYS, atRate, freshnessScenario, TREND_STATS } from './lib/scenarios.ts'
import { scriptOf } from './lib/script.ts'
import { readSettings, textOf } from './lib/settings.ts'

const settings = readSettings({ script: 'load', rate: 10_000, duration: '10m' })
const { rate, durationMs } = settings
const multiples = textOf('MULTIPLES', '1,2,3').split(',').map(Number)
const wholeMs = multiples.length * durationMs
const script = scriptOf(settings, wholeMs)

/** Each multiple has its own thresholds. */
const steps = multiples.map((multiple, i) => ({
  name: `x${multiple}`,
  scenario: atRate(settings, rate * multiple, durationMs, i * durationMs),
}))

export const options: Options = {
  summaryTrendStats: TREND_STATS,
  scenarios: {
    ...Object.fromEntries(steps.map(({ name, scenario }) => [name, scenario])),
    probe: freshnessScenario(settings, wholeMs),
  },
  thresholds: {
    ...ALWAYS,
    dropped_iterations: ['count==0'],
    freshness_ms: ['p(99)<3000'],
    'http_req_failed{name:events}': ['rate<0.001'],
    ...Object.fromEntries(
      steps.map(({ name }) => [`http_req_duration{name:events,scenario:${name}}`, ['p(99)<250']]),
    ),
  },
}

export const { setup, freshness, handleSummary } = script

export default script.send
