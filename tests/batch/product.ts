// Queries of the test to the running product besides counts: its progress and its audit.
import { setTimeout as sleep } from 'node:timers/promises'
import { HOUR_MS } from '../../model/bucket.ts'
import type { LedgerEntry } from '../faults/ledger.ts'

type Findings = {
  readonly lateApplied: number
  readonly difference: number
  readonly unexplained: number
  readonly missing: number
}

export type AuditAnswer = {
  readonly strong: {
    readonly reconciledTo: string
    readonly totals: Findings & { readonly hours: number }
  } | null
  readonly alerts: readonly { readonly about: string }[]
  readonly ledger: readonly LedgerEntry[]
}

type Recount = { readonly begun: number; readonly ended: number }

const POLL_MS = 200
const ARCHIVED_MS_MAX = 120_000
const RECOUNTED_MS_MAX = 600_000

export async function audit(url: string, signal: AbortSignal): Promise<AuditAnswer> {
  return (await fetch(`${url}/v1/audit`, { signal })).json() as Promise<AuditAnswer>
}

/**
 * Waits until stream and archive hold everything that the log took by `lastMs`, and a recount that began after that
 * has ended.
 */
export async function untilRecounted(url: string, lastMs: number, signal: AbortSignal): Promise<void> {
  await until('all is counted', ARCHIVED_MS_MAX, signal, async () => {
    const answer = await fetch(`${url}/v1/videos/any/summary`, { signal })
    return Date.parse(((await answer.json()) as { meta: { asOf: string } }).meta.asOf) > lastMs
  })
  await until('all is archived', ARCHIVED_MS_MAX, signal, async () => {
    const metrics = await (await fetch(`${url}/metrics`, { signal })).text()
    const lags = Array.from(
      metrics.matchAll(/^tally_archive_lag_records\{[^}]*\} (\S+)$/gm),
      ([, lag]) => lag,
    )
    return lags.length > 0 && lags.every((lag) => lag === '0')
  })
  const asked = await fetch(`${url}/v1/admin/recount`, { method: 'POST', signal })
  const { run } = (await asked.json()) as { run: number }
  await until('it is recounted', RECOUNTED_MS_MAX, signal, async () => {
    const answer = await fetch(`${url}/v1/admin/recount`, { signal })
    return ((await answer.json()) as Recount).ended >= run
  })
}

/** Waits until the hour of a moment is completely recounted. */
export async function untilHourIsClosed(url: string, momentMs: number, signal: AbortSignal): Promise<void> {
  const endMs = (Math.floor(momentMs / HOUR_MS) + 1) * HOUR_MS
  await until('the hour is closed', 2 * HOUR_MS, signal, async () => {
    const { strong } = await audit(url, signal)
    return strong !== null && Date.parse(strong.reconciledTo) >= endMs
  })
}

async function until(what: string, msMax: number, signal: AbortSignal, holds: () => Promise<boolean>) {
  const deadlineMs = performance.now() + msMax
  while (!(await holds())) {
    if (performance.now() > deadlineMs) throw new Error(`waited ${msMax} ms in vain until ${what}`)
    await sleep(POLL_MS, undefined, { signal })
  }
}
