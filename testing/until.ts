// For tests: waits for what comes in its own time, as often as it takes on a busy machine.
import { setTimeout as sleep } from 'node:timers/promises'

/** What is not so after so long will never be. */
export const PATIENCE_MS = 120_000
/** Ever longer, so that what is soon is seen soon, and what takes long is not asked too often. */
const PAUSE_MS = { first: 5, longest: 200 }

/** Fails with what it waited for. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const endMs = performance.now() + patienceMs
  for (let pauseMs = PAUSE_MS.first; !(await isSo()); pauseMs = Math.min(2 * pauseMs, PAUSE_MS.longest)) {
    if (performance.now() >= endMs) throw new Error(`waited ${patienceMs / 1_000} s in vain until ${what}`)
    await sleep(pauseMs)
  }
}
