// Waits until something holds.
import { setTimeout as sleep } from 'node:timers/promises'

/** Generous, because a busy machine is slow. */
const CHANGE_MS_MAX = 300_000
const LOOK_MS = 50

/** Fails, with these words, if it does not come to hold. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + CHANGE_MS_MAX
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`waited ${CHANGE_MS_MAX} ms in vain until ${what}`)
    await sleep(LOOK_MS)
  }
}
