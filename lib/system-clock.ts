// The real clock.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from './clock.ts'

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  async sleep(ms, signal) {
    if (signal?.aborted) return
    await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {}) // aborted: return early
  },
}
