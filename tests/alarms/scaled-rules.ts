// The rules with every duration divided, so that what takes hours in production can be seen in minutes: after `for:`,
// in brackets, after `offset`, and how far `predict_linear` looks ahead. Nothing else of a rule changes: thresholds
// stay as they are, also those of ages. Pure.

export type Rule = {
  readonly record?: string
  readonly alert?: string
  readonly expr: string
  readonly for?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

export type RuleGroup = { readonly name: string; readonly rules: readonly Rule[] }

export const FACTOR = 30
/** Other factors for some, by that of the others; where something else than the rule takes its time. */
const FACTORS: readonly (readonly [RegExp, (factor: number) => number, string])[] = [
  [/^tally:|Burn/, (factor) => 4 * factor, 'their windows are up to six hours and three days'],
  [/^TallyProbe(Fails|Stops)$/, () => 4, 'a probe is made once a minute at the most'],
  [/^TallyProcessRestarts$/, (factor) => factor / 2, 'a process needs a second or two to start'],
  [
    /^Tally(ProcessStalls|DoorSheds)$/,
    (factor) => factor / 3,
    'a process that stalls answers Prometheus late',
  ],
]

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}
const DURATIONS = /(?<=\[|\boffset )(\d+)(ms|s|m|h|d)\b/g
/** In seconds. */
const LOOKS_AHEAD = /(?<=predict_linear\([^,()]*, )\d+(?=\))/g
const FOR = /^(\d+)(ms|s|m|h|d)$/

export function factorOf({ record, alert }: Pick<Rule, 'record' | 'alert'>, factor: number): number {
  const name = alert ?? record!
  return FACTORS.find(([names]) => names.test(name))?.[1](factor) ?? factor
}

/** The shortest window of a rule, two minutes, must hold several values. */
export function scrapeMsAt(factor: number): number {
  return 30_000 / factor
}

/** Lines for people. */
export function factorsInWords(factor: number): string[] {
  const others = FACTORS.map(([names, of, why]) => `${of(factor)} for ${names.source}: ${why}`)
  return [`durations of rules are divided by ${factor}`, ...others]
}

export function scaledGroups(groups: readonly RuleGroup[], factor: number): RuleGroup[] {
  return groups.map(({ name, rules }) => {
    return { name, rules: rules.map((rule) => scaled(rule, factorOf(rule, factor))) }
  })
}

export function scaled(rule: Rule, factor: number): Rule {
  const divided = (amount: string, unit: string) =>
    `${Math.max(1, Math.round((Number(amount) * UNITS_MS[unit]!) / factor))}ms`
  const expr = rule.expr
    .replaceAll(DURATIONS, (_, amount: string, unit: string) => divided(amount, unit))
    .replaceAll(LOOKS_AHEAD, (seconds) => String(Number(seconds) / factor))
  if (rule.for === undefined) return { ...rule, expr }
  const [, amount, unit] = FOR.exec(rule.for)!
  return { ...rule, expr, for: divided(amount!, unit!) }
}
