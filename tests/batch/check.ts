// Compares every minute, hour, day and whole range of every (video, type) with the truth, and then checks the audit.
import { DAY_MS } from '../../model/bucket.ts'
import type { Client } from '../../sdk/src/index.ts'
import type { Expected, Minutes, Truth } from '../faults/acknowledged-counts.ts'
import { ledgerFaults } from '../faults/ledger.ts'
import type { AuditAnswer } from './product.ts'
import { TYPES, VIDEOS } from './traffic.ts'

const PERIODS_MS = { PT1M: 60_000, PT1H: 3_600_000, P1D: 86_400_000 } as const
type Granularity = keyof typeof PERIODS_MS
const CONCURRENCY = 8

export type Findings = { compared: number; readonly differences: string[] }

type Question = { readonly videoId: string; readonly type: string; readonly fn: 'count' | 'sum' }

/** Whole UTC days, by each granularity and as one sum. Fails with a TallyError. */
export async function checkCounts(client: Client, truth: Truth, signal: AbortSignal): Promise<Findings> {
  const findings: Findings = { compared: 0, differences: [] }
  const questions = questionsOf()
  const worker = async () => {
    for (const question of questions) {
      for (const granularity of Object.keys(PERIODS_MS) as Granularity[]) {
        await checkSeries(client, truth, question, granularity, findings, signal)
      }
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, worker))
  return findings
}

function* questionsOf(): Generator<Question, void> {
  for (let video = 1; video <= VIDEOS; video++) {
    for (const type of TYPES) {
      for (const fn of ['count', 'sum'] as const) yield { videoId: `video.${video}`, type, fn }
    }
  }
}

async function checkSeries(
  client: Client,
  truth: Truth,
  { videoId, type, fn }: Question,
  granularity: Granularity,
  findings: Findings,
  signal: AbortSignal,
): Promise<void> {
  const { fromMs, toMs } = wholeDays(truth.range)
  const { series, value } = await client.getStats(videoId, type, fn, fromMs, toMs, { granularity, signal })
  const expected = added(truth.minutes(videoId, type), PERIODS_MS[granularity])
  const found = new Map(series!.map((point) => [Date.parse(point.time), point.value ?? 0]))
  const whole = sumOf(expected.values())
  const compare = (when: string, wanted: Expected, value: number) => {
    findings.compared++
    const right = fn === 'count' ? wanted.count : wanted.thousandths / 1_000
    if (value === right) return
    findings.differences.push(`${fn} of ${videoId} ${type} ${granularity} ${when}: ${value}, not ${right}`)
  }
  for (const startMs of new Set([...expected.keys(), ...found.keys()])) {
    compare(new Date(startMs).toISOString(), expected.get(startMs) ?? NOTHING, found.get(startMs) ?? 0)
  }
  compare('in all', whole, value ?? 0)
}

/** The UTC days that a range touches. */
export function wholeDays({ fromMs, toMs }: Truth['range']): Truth['range'] {
  return { fromMs: Math.floor(fromMs / DAY_MS) * DAY_MS, toMs: Math.ceil(toMs / DAY_MS) * DAY_MS }
}

const NOTHING: Expected = { count: 0, thousandths: 0 }

function added(minutes: Minutes, periodMs: number): Map<number, Expected> {
  const periods = Map.groupBy(minutes, ([minuteMs]) => Math.floor(minuteMs / periodMs) * periodMs)
  return new Map(
    Array.from(periods, ([startMs, some]) => [startMs, sumOf(some.map(([, expected]) => expected))]),
  )
}

function sumOf(some: Iterable<Expected>): Expected {
  return Array.from(some).reduce(
    (sum, { count, thousandths }) => ({
      count: sum.count + count,
      thousandths: sum.thousandths + thousandths,
    }),
    NOTHING,
  )
}

/** What is wrong in the audit, one line each. */
export function auditFaults(
  { strong, ledger, alerts }: AuditAnswer,
  handed: { readonly truth: Truth; readonly late: number; readonly fresh: number },
): string[] {
  const { truth, late, fresh } = handed
  const faults = ledgerFaults(ledger, { distinct: truth.events - late, accepted: fresh })
  if (strong === null) return [...faults, 'the audit knows of no recount']
  const { lateApplied, difference, unexplained, missing } = strong.totals
  const expected = { lateApplied: late, difference: late, unexplained: 0, missing: 0 }
  for (const [name, found] of Object.entries({ lateApplied, difference, unexplained, missing })) {
    const wanted = expected[name as keyof typeof expected]
    if (found !== wanted) faults.push(`the audit says ${name} ${found}, not ${wanted}`)
  }
  for (const { about } of alerts) faults.push(`an alert about ${about}, though nothing was wrong`)
  return faults
}
