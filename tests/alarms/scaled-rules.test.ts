import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ruleGroups } from './rule-files.ts'
import { FACTOR, factorOf, type Rule, scaled } from './scaled-rules.ts'

const UNITS_S: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400 }

const check = (given: Rule, factor: number, expected: Rule) =>
  assert.deepEqual(scaled(given, factor), expected)

test('divides what a rule waits for, its windows, and how far it looks ahead', () => {
  check({ alert: 'A', expr: 'up == 0', for: '2m' }, 60, { alert: 'A', expr: 'up == 0', for: '2000ms' })
  check({ alert: 'A', expr: 'increase(a[15m]) > 3 unless a offset 1h' }, 60, {
    alert: 'A',
    expr: 'increase(a[15000ms]) > 3 unless a offset 60000ms',
  })
  check({ alert: 'A', expr: 'predict_linear(free[6h], 86400) < 0' }, 60, {
    alert: 'A',
    expr: 'predict_linear(free[360000ms], 1440) < 0',
  })
})

test('leaves thresholds, names and labels as they are', () => {
  const rule = {
    alert: 'A',
    expr: 'max(age_seconds{service!="worker",le="0.25"}) > 3 * 3600 and tally:events_missed:ratio_5m > 14.4 * 0.001',
    labels: { severity: 'page' },
  }
  check(rule, 60, rule)
})

/** The text without its durations, and these in seconds. */
function apart({ expr, for: waits = '0s', ...others }: Rule) {
  const seconds: number[] = []
  const text = `${expr} FOR ${waits}`.replaceAll(
    /(?<=\[|offset |FOR )(\d+)(ms|s|m|h|d)|(?<=predict_linear\([^)]*, )([\d.]+)/g,
    (_, amount: string, unit: string, ahead: string) => {
      seconds.push(ahead === undefined ? Number(amount) * UNITS_S[unit]! : Number(ahead))
      return '…'
    },
  )
  return { text: `${text} ${JSON.stringify(others)}`, seconds }
}

test('of the rules that are in force, durations are the only difference, and each is divided by the factor', () => {
  let durations = 0
  for (const rule of ruleGroups().flatMap(({ rules }) => rules)) {
    const factor = factorOf(rule, FACTOR)
    const before = apart(rule)
    const after = apart(scaled(rule, factor))
    assert.equal(after.text, before.text)
    for (const [at, seconds] of before.seconds.entries())
      assert.ok(
        Math.abs(after.seconds[at]! - seconds / factor) <= 0.001,
        `${rule.alert ?? rule.record}: ${rule.expr}`,
      )
    durations += before.seconds.length
  }
  assert.ok(durations > 60, String(durations))
})

test('from the first probe to the second one nobody is called', () => {
  const rule = { alert: 'TallyProbeStops', expr: 'sum(increase(a[15m])) == 0', for: '5m' }
  const waits = scaled(rule, factorOf(rule, FACTOR)).for!
  assert.ok(Number.parseInt(waits, 10) > 60_000, waits)
})
