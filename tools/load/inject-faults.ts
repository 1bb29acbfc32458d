// Injects faults into the system under load, at even intervals.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './targets/target.ts'

export type Injected = { readonly atMs: number; readonly text: string }

/**
 * No fault is injected in the last interval, so that the run ends undisturbed. Fails only with the errors of faults.
 * @param everyMs null: no faults
 */
export async function injectFaults(
  faults: readonly Fault[],
  everyMs: number | null,
  lengthMs: number,
  startedMs: number,
  signal: AbortSignal,
  print: (line: string) => void,
): Promise<Injected[]> {
  const injected: Injected[] = []
  if (everyMs === null || faults.length === 0) return injected
  const turns = Math.max(1, Math.ceil(lengthMs / everyMs) - 1)
  for (let turn = 0; turn < turns; turn++) {
    const dueMs = startedMs + everyMs * (turn + 1)
    // A timer may end a millisecond before its time.
    while (Date.now() < dueMs && !signal.aborted)
      await sleep(dueMs - Date.now(), undefined, { signal }).catch(() => {})
    if (signal.aborted) break
    const fault = faults[faultAt(turn, turns, faults.length)]!
    const atMs = Date.now() - startedMs
    await fault.inject(signal)
    const tookMs = Date.now() - startedMs - atMs
    const text = `${fault.name}: over after ${(tookMs / 1_000).toFixed(1)} s`
    print(text)
    injected.push({ atMs, text })
  }
  return injected
}

/**
 * The first kind of fault, which ends a process, is used at the beginning and at the end, the others in turns between
 * them, so that one run of the process is long enough to see whether its memory grows.
 */
export function faultAt(turn: number, turns: number, kinds: number): number {
  const isEdge = turn < Math.min(2, turns - 1) || turn === turns - 1
  return isEdge || kinds === 1 ? 0 : 1 + ((turn - 2) % (kinds - 1))
}
