// The `options` of a script that this runner supports. All others are refused by name.

import { Fault } from '../../../lib/fault.ts'
import { durationMs, MS_PER_SECOND } from '../../../load-tests/lib/durations.ts'
import type { Tags } from './measure/registry.ts'
import { parseThresholds, type Threshold } from './measure/thresholds.ts'
import { missing } from './missing.ts'
import { Arrivals } from './schedule/arrivals.ts'

export type Executor =
  | { readonly arrivals: Arrivals; readonly vusMax: number }
  | {
      readonly vus: number
      readonly durationMs: number
      /** Of each virtual user, or of all together. */
      readonly iterations: number
      readonly isPerVu: boolean
    }

export type Scenario = {
  readonly name: string
  readonly executorName: string
  readonly executor: Executor
  readonly exec: string
  readonly startMs: number
  readonly gracefulStopMs: number
  readonly tags: Tags
}

export type ScriptOptions = {
  readonly scenarios: readonly Scenario[]
  readonly thresholds: readonly Threshold[]
  readonly trendStats: readonly string[]
  readonly tags: Tags
  readonly setupTimeoutMs: number
  readonly teardownTimeoutMs: number
}

type Given = Readonly<Record<string, unknown>>

const OPTIONS = ['scenarios', 'thresholds', 'summaryTrendStats', 'tags', 'setupTimeout', 'teardownTimeout']
const OF_ALL = ['executor', 'exec', 'startTime', 'gracefulStop', 'tags']
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  'constant-arrival-rate': ['rate', 'timeUnit', 'duration', 'preAllocatedVUs', 'maxVUs'],
  'ramping-arrival-rate': ['startRate', 'timeUnit', 'stages', 'preAllocatedVUs', 'maxVUs'],
  'constant-vus': ['vus', 'duration'],
  'shared-iterations': ['vus', 'iterations', 'maxDuration'],
  'per-vu-iterations': ['vus', 'iterations', 'maxDuration'],
}
const TREND_STATS = ['avg', 'min', 'med', 'max', 'p(90)', 'p(95)']

/** Fails with a Fault. */
export function readScriptOptions(given: Given): ScriptOptions {
  checkFields('options', given, OPTIONS)
  const { scenarios, thresholds = {}, summaryTrendStats = TREND_STATS, tags = {} } = given
  if (scenarios === undefined) throw new Fault('options.scenarios is needed by this runner.')
  return {
    scenarios: Object.entries(scenarios as Record<string, Given>).map(([name, one]) => scenarioOf(name, one)),
    thresholds: parseThresholds(thresholds as Given),
    trendStats: summaryTrendStats as string[],
    tags: tags as Tags,
    setupTimeoutMs: durationMs((given.setupTimeout ?? '60s') as string),
    teardownTimeoutMs: durationMs((given.teardownTimeout ?? '60s') as string),
  }
}

function scenarioOf(name: string, given: Given): Scenario {
  const executorName = String(given.executor)
  const fields = FIELDS[executorName]
  if (fields === undefined)
    throw missing(`executor ${executorName}`, `It has ${Object.keys(FIELDS).join(', ')}.`)
  checkFields(`options.scenarios.${name}`, given, [...OF_ALL, ...fields])
  return {
    name,
    executorName,
    executor: executorOf(executorName, given),
    exec: (given.exec ?? 'default') as string,
    startMs: durationMs((given.startTime ?? '0s') as string),
    gracefulStopMs: durationMs((given.gracefulStop ?? '30s') as string),
    tags: { scenario: name, ...(given.tags as Tags | undefined) },
  }
}

function executorOf(executorName: string, given: Given): Executor {
  const { vus = 1, iterations = 1, maxDuration = '10m' } = given as Record<string, number>
  switch (executorName) {
    case 'constant-arrival-rate':
    case 'ramping-arrival-rate':
      return { arrivals: arrivalsOf(given), vusMax: (given.maxVUs ?? given.preAllocatedVUs) as number }
    case 'constant-vus':
      return {
        vus,
        durationMs: durationMs(given.duration as string),
        iterations: Number.POSITIVE_INFINITY,
        isPerVu: false,
      }
    default:
      return {
        vus,
        durationMs: durationMs(maxDuration),
        iterations,
        isPerVu: executorName === 'per-vu-iterations',
      }
  }
}

function arrivalsOf(given: Given): Arrivals {
  const perSecond = MS_PER_SECOND / durationMs((given.timeUnit ?? '1s') as string)
  if (given.stages === undefined) {
    const rate = (given.rate as number) * perSecond
    return new Arrivals([{ from: rate, to: rate, durationMs: durationMs(given.duration as string) }])
  }
  let from = ((given.startRate ?? 0) as number) * perSecond
  const stages = given.stages as readonly { readonly target: number; readonly duration: string }[]
  return new Arrivals(
    stages.map(({ target, duration }) => {
      const stage = { from, to: target * perSecond, durationMs: durationMs(duration) }
      from = stage.to
      return stage
    }),
  )
}

function checkFields(where: string, given: Given, known: readonly string[]): void {
  const odd = Object.keys(given).find((field) => !known.includes(field))
  if (odd !== undefined) throw missing(`${where}.${odd}`)
}
