// Hurts the system while it is under load, at even intervals.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './targets/target.ts'

export type Injected = { readonly atMs: number; readonly text: string }

/**
 * Nothing is hurt in the last interval, so that the run ends in the open. Does not fail but by what a fault
 * fails with.
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
    await sleep(Math.max(0, dueMs - Date.now()), undefined, { signal }).catch(() => {})
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
 * The first kind, which ends a process, comes at the beginning and at the end; between them the others come
 * in turns, so
 * that one life of the process is long enough to tell whether its memory grows.
 */
export function faultAt(turn: number, turns: number, kinds: number): number {
  const isEdge = turn < Math.min(2, turns - 1) || turn === turns - 1
  return isEdge || kinds === 1 ? 0 : 1 + ((turn - 2) % (kinds - 1))
}
