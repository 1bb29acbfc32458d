// How every event ended, as the server reports it, and how fast that changes.
import { askJson } from '../api.ts'

export type LedgerEntry = {
  readonly source: string
  readonly offset: number
  readonly logTime: string
  readonly records: number
  readonly events: number
  readonly counted: number
  readonly duplicate: number
  readonly late: number
  readonly dead: number
  readonly deadRecords: number
  readonly balanced: boolean
}
export type Probe = {
  readonly startedAt: string
  readonly ok: boolean
  readonly latencyMs: number | null
  readonly detail: string | null
}
type Findings = Readonly<
  Record<'buckets' | 'equal' | 'differing' | 'lateApplied' | 'unexplained' | 'missing', number>
>
export type AuditedHour = Findings & {
  readonly hour: string
  readonly comparedTo: string
  readonly recountedAt: string
  readonly purged: boolean
}
export type AuditAnswer = {
  /** A tenant does not see the numbers of the whole system. */
  readonly scope?: 'system' | 'tenant'
  /** Newest first; null if no process can report them. */
  readonly weak: readonly Probe[] | null
  readonly strong: {
    readonly reconciledTo: string
    readonly totals?: Findings & { readonly hours: number }
    readonly hours: readonly AuditedHour[]
  } | null
  readonly alerts?: readonly { readonly time: string; readonly about: string; readonly detail: unknown }[]
  readonly ledger: readonly LedgerEntry[]
}

const OUTCOMES = ['events', 'counted', 'duplicate', 'late', 'dead'] as const
type Outcome = (typeof OUTCOMES)[number]
export type Sums = Readonly<Record<Outcome, number>>

const RATE_WINDOW_MS = 10_000
const SAMPLES_MAX = 200

export function askAudit(signal: AbortSignal): Promise<AuditAnswer> {
  return askJson('v1/audit', signal)
}

export function sumsOf(ledger: readonly LedgerEntry[]): Sums {
  const sum = (outcome: Outcome) => ledger.reduce((total, entry) => total + entry[outcome], 0)
  return Object.fromEntries(OUTCOMES.map((outcome) => [outcome, sum(outcome)])) as Sums
}

type HistoryPoint = { readonly time: string; readonly events: number; readonly counted: number }

export async function askHistory(signal: AbortSignal): Promise<readonly HistoryPoint[]> {
  return (await askJson<{ points: readonly HistoryPoint[] }>('v1/audit/history', signal)).points
}

export type Reading = { readonly atMs: number; readonly in: number; readonly out: number }

/** Rates per second between points of the past; after a restart, when counters fall, 0. */
export function readingsOf(points: readonly HistoryPoint[]): readonly Reading[] {
  return points.slice(1).map((point, at) => {
    const before = points[at]!
    const atMs = Date.parse(point.time)
    const seconds = (atMs - Date.parse(before.time)) / 1_000
    const rate = (now: number, then: number) => (seconds <= 0 ? 0 : Math.max(0, (now - then) / seconds))
    return { atMs, in: rate(point.events, before.events), out: rate(point.counted, before.counted) }
  })
}

/** Turns readings of growing counters into rates per second, over the last ten seconds. */
export class Rates<Name extends string> {
  readonly #samples: { atMs: number; values: Readonly<Record<Name, number | null>> }[] = []

  /** Null until there are two readings; 0 if the number fell, as after a restart. */
  add(atMs: number, values: Readonly<Record<Name, number | null>>): Readonly<Record<Name, number | null>> {
    this.#samples.push({ atMs, values })
    while (this.#samples.length > SAMPLES_MAX) this.#samples.shift()
    while (this.#samples.length > 2 && this.#samples[1]!.atMs <= atMs - RATE_WINDOW_MS) this.#samples.shift()
    const first = this.#samples[0]!
    const seconds = (atMs - first.atMs) / 1_000
    const rate = (name: Name) => {
      const [now, before] = [values[name], first.values[name]]
      return now === null || before === null || seconds <= 0 ? null : Math.max(0, (now - before) / seconds)
    }
    return Object.fromEntries((Object.keys(values) as Name[]).map((name) => [name, rate(name)])) as Record<
      Name,
      number | null
    >
  }
}
