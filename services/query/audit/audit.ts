// The audit, which shows whether the counts are right: what recounts found (strong), what probes found (weak), what
// went wrong, and how every record of every source ended (law 7).

import { instantText, minuteText } from '../../../lib/time-text.ts'
import { MINUTES_PER_DAY, MINUTES_PER_HOUR, minuteOf } from '../../../model/bucket.ts'
import { addTallies, NO_TALLY, type Tally } from '../../../model/tally.ts'
import type { WeakAudit } from '../../../model/weak-audit.ts'
import type { Checkpoint, Ledger, Outcomes } from '../../../stores/counts/counts.ts'
import type { JournalEntry } from '../../../stores/counts/journal.ts'
import type { HourAudit, Reconciled } from '../../../stores/counts/rollups.ts'
import type { QueryDeps } from '../deps.ts'
import { fromStore } from '../read/read-slots.ts'

export type AuditAnswer = {
  /** Whether it is of the whole system, or only what a tenant may see: see audit-view.ts. */
  readonly scope: 'system' | 'tenant'
  /** What the latest probes found, newest first. */
  readonly weak: readonly Probe[]
  /** Null before the first recount. */
  readonly strong: StrongAudit | null
  /** What went wrong recently, newest first. */
  readonly alerts: readonly Alert[]
  readonly ledger: readonly LedgerEntry[]
  /** `asOf`: when it was read. */
  readonly meta: { readonly asOf: string; readonly stale: boolean }
}

type Probe = Omit<WeakAudit, 'startedMs'> & { readonly startedAt: string }

/** `about` names the kind of fault and its subject; `detail` is everything known about it. */
type Alert = { readonly time: string; readonly about: string; readonly detail: unknown }

type Findings = Tally & {
  /** Files of raw events that could not be read. */
  readonly missing: number
}

type StrongAudit = {
  readonly reconciledTo: string
  /** Hours before it that are not recounted in full. */
  readonly hoursExcepted: number
  /** The sum over the hours below; left out together with them. */
  readonly totals?: Findings & { readonly hours: number }
  /** The latest, newest first. */
  readonly hours: readonly (Findings & {
    readonly hour: string
    /** The end of the compared part: the end of the hour, once it was closed. */
    readonly comparedTo: string
    readonly recountedAt: string
    readonly purged: boolean
  })[]
}

type LedgerEntry = Omit<Ledger, 'probe'> & {
  readonly source: string
  readonly offset: number
  readonly logTime: string
  /** Every event ended as exactly one of counted, duplicate, late, dead. */
  readonly balanced: boolean
}

const HOURS_SHOWN_MAX = 48
const PROBES_SHOWN_MAX = 60
const ALERTS_SHOWN_MAX = 20
/** However far recounts are behind, older hours than this are not read. */
const LOOK_BACK_MAX = 30 * MINUTES_PER_DAY

/** The ledger by source, in alphabetical order. Fails with ProblemError `store-unavailable`. */
export async function getAudit({ checkpoints, audits, clock }: QueryDeps): Promise<AuditAnswer> {
  const { rollups, journal } = audits
  const nowMs = clock.nowMs()
  const nowMinute = minuteOf(nowMs)
  const [reconciled, probes, alerts, ledger] = await fromStore(() =>
    Promise.all([
      rollups.readReconciled(),
      journal.latest('weak-audit', PROBES_SHOWN_MAX),
      journal.latest('alerts', ALERTS_SHOWN_MAX),
      checkpoints(),
    ]),
  )
  const recounted = Math.min(reconciled?.toMinute ?? nowMinute, nowMinute)
  const from = Math.max(recounted - HOURS_SHOWN_MAX * MINUTES_PER_HOUR, nowMinute - LOOK_BACK_MAX)
  const hours = await fromStore(() => rollups.readHours(from, nowMinute + MINUTES_PER_HOUR))
  return {
    scope: 'system',
    weak: probes.map(probeOf),
    strong: reconciled === null ? null : strongOf(reconciled, hours),
    alerts: alerts.map(({ atMs, key, body }) => ({ time: instantText(atMs), about: key, detail: body })),
    ledger: ledgerOf(ledger),
    meta: { asOf: instantText(nowMs), stale: false },
  }
}

/** By source, in alphabetical order. */
export function ledgerOf(checkpoints: ReadonlyMap<string, Checkpoint>): readonly LedgerEntry[] {
  return [...checkpoints].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(entryOf)
}

function probeOf({ body }: JournalEntry): Probe {
  const { startedMs, ok, events, latencyMs, detail } = body as WeakAudit
  return { startedAt: instantText(startedMs), ok, events, latencyMs, detail }
}

function strongOf({ toMinute, exceptHours }: Reconciled, audits: readonly HourAudit[]): StrongAudit {
  const latest = audits.slice(-HOURS_SHOWN_MAX).reverse()
  const hours = latest.map((audit) => ({
    hour: minuteText(audit.hour),
    comparedTo: minuteText(audit.beforeMinute),
    recountedAt: instantText(audit.recountedMs),
    ...findingsOf(audit),
    purged: audit.purged,
  }))
  return {
    reconciledTo: minuteText(toMinute),
    hoursExcepted: exceptHours.length,
    totals: { hours: hours.length, ...hours.reduce(addFindings, NOTHING_FOUND) },
    hours,
  }
}

const NOTHING_FOUND: Findings = { ...NO_TALLY, missing: 0 }

function findingsOf(audit: HourAudit): Findings {
  return { ...addTallies(NO_TALLY, audit), missing: audit.missing.length }
}

function addFindings(a: Findings, b: Findings): Findings {
  return { ...addTallies(a, b), missing: a.missing + b.missing }
}

/** The events of users: the probe's part is subtracted, and a source with nothing else is left out. */
function entryOf([source, { offset, logTimeMs, ledger }]: [string, Checkpoint]): LedgerEntry[] {
  const { probe, ...all } = ledger
  const records = all.records - (probe?.records ?? 0)
  if (probe !== undefined && records === 0) return []
  const outcomes = {
    events: all.events - (probe?.events ?? 0),
    counted: all.counted - (probe?.counted ?? 0),
    duplicate: all.duplicate - (probe?.duplicate ?? 0),
    late: all.late - (probe?.late ?? 0),
    dead: all.dead - (probe?.dead ?? 0),
  }
  const balanced = isBalanced(all) && isBalanced(outcomes)
  const logTime = instantText(logTimeMs)
  return [{ source, offset, logTime, records, ...outcomes, deadRecords: all.deadRecords, balanced }]
}

function isBalanced({ events, counted, duplicate, late, dead }: Outcomes): boolean {
  return events === counted + duplicate + late + dead
}
