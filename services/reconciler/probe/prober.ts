// Runs the weak audit at intervals and stores its results.
import type { Clock } from '../../../lib/clock.ts'
import type { WeakAudit } from '../../../model/weak-audit.ts'
import type { Journal } from '../../../stores/counts/journal.ts'
import { type ProbedClient, probe } from './weak-audit-probe.ts'

export type ProberDeps = {
  readonly client: ProbedClient
  readonly journal: Journal
  readonly clock: Clock
  /** Whether no probe is to be made for now. */
  readonly isPaused: () => boolean
  readonly onProbed: (audit: WeakAudit) => void
  /** Called when a result could not be stored. */
  readonly onError: (error: unknown) => void
}

/** Two probes are never in the same minute. */
export const PROBE_INTERVAL_MS_MIN = 60_000

/** Probes every `intervalMs` until aborted, the first time after one interval. */
export async function probeAtIntervals(
  deps: ProberDeps,
  intervalMs: number,
  signal: AbortSignal,
): Promise<void> {
  const { client, journal, clock, isPaused, onProbed, onError } = deps
  for (let dueMs = clock.nowMs() + intervalMs; ; dueMs += intervalMs) {
    await clock.sleep(Math.max(0, dueMs - clock.nowMs()), signal)
    if (signal.aborted) return
    if (isPaused()) continue
    const audit = await probe(client, clock, signal)
    if (signal.aborted) return
    onProbed(audit)
    const entry = { atMs: audit.startedMs, key: 'probe', body: audit }
    await journal.append('weak-audit', entry).catch(onError)
    if (!audit.ok) await journal.append('alerts', { ...entry, key: 'weak-audit' }).catch(onError)
  }
}
