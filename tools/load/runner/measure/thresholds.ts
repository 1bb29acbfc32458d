// Thresholds in k6's grammar: `p(99)<250`, `rate<0.01`, `count>=0`; one with `abortOnFail` is also judged
// during the run.

import { Fault } from '../../../../lib/fault.ts'
import { durationMs } from '../../../../load-tests/lib/durations.ts'
import type { Registry } from './registry.ts'
import type { MetricType } from './sinks.ts'

export type Threshold = {
  /** A metric, with tags or without. */
  readonly metric: string
  readonly expression: string
  readonly abortOnFail: boolean
  readonly delayAbortMs: number
}

type Judged = Threshold & { readonly isKept: boolean }

const EXPRESSION =
  /^\s*(count|rate|value|avg|min|med|max|p\(\d+(?:\.\d+)?\))\s*(<=|>=|===|==|!=|<|>)\s*(-?\d+(?:\.\d+)?)\s*$/
const OBJECT_FIELDS = ['threshold', 'abortOnFail', 'delayAbortEval']
const AGGREGATES: Readonly<Record<MetricType, RegExp>> = {
  counter: /^(count|rate)$/,
  gauge: /^value$/,
  rate: /^rate$/,
  trend: /^(avg|min|med|max|p\(.+\))$/,
}

/** Fails with a Fault that names the threshold. */
export function parseThresholds(given: Readonly<Record<string, unknown>>): Threshold[] {
  return Object.entries(given).flatMap(([metric, list]) => {
    if (!Array.isArray(list)) throw new Fault(`thresholds.${metric} must be a list.`)
    return list.map((one) => thresholdOf(metric, typeof one === 'string' ? { threshold: one } : one))
  })
}

/** A metric that got no samples keeps its thresholds unless they ask for a count. */
export function judge(thresholds: readonly Threshold[], registry: Registry, elapsedMs: number): Judged[] {
  return thresholds.map((threshold) => {
    const [, aggregate, operator, bound] = EXPRESSION.exec(threshold.expression)!
    const sink = registry.sink(threshold.metric)
    if (sink === null || sink.isEmpty) {
      return { ...threshold, isKept: aggregate !== 'count' || compares(0, operator!, Number(bound)) }
    }
    if (!AGGREGATES[sink.type].test(aggregate!)) {
      throw new Fault(`${threshold.metric} is a ${sink.type}: it has no ${aggregate}.`)
    }
    const value = sink.aggregate(aggregate!, elapsedMs)!
    return { ...threshold, isKept: compares(value, operator!, Number(bound)) }
  })
}

/** The first failed threshold that ends the run now; null if there is none. */
export function aborting(
  thresholds: readonly Threshold[],
  registry: Registry,
  elapsedMs: number,
): Threshold | null {
  const due = thresholds.filter((one) => one.abortOnFail && elapsedMs >= one.delayAbortMs)
  return judge(due, registry, elapsedMs).find(({ isKept }) => !isKept) ?? null
}

function thresholdOf(metric: string, given: Readonly<Record<string, unknown>>): Threshold {
  const odd = Object.keys(given).find((field) => !OBJECT_FIELDS.includes(field))
  if (odd !== undefined) throw new Fault(`thresholds.${metric} has no field ${odd}.`)
  const { threshold, abortOnFail = false, delayAbortEval = 0 } = given
  if (typeof threshold !== 'string' || !EXPRESSION.test(threshold)) {
    throw new Fault(`thresholds.${metric}: "${threshold}" is no threshold such as p(99)<250.`)
  }
  return {
    metric,
    expression: threshold,
    abortOnFail: abortOnFail === true,
    delayAbortMs: durationMs(delayAbortEval as string | number),
  }
}

function compares(value: number, operator: string, bound: number): boolean {
  switch (operator) {
    case '<':
      return value < bound
    case '<=':
      return value <= bound
    case '>':
      return value > bound
    case '>=':
      return value >= bound
    case '!=':
      return value !== bound
    default:
      return value === bound
  }
}
