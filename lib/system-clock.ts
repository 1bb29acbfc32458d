// The real clock.
import type { Clock } from './clock.ts'

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep(ms, signal) {
    if (signal?.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      // The sleep of node:timers/promises makes two errors with their stacks each time it is cut short.
      const timer = setTimeout(end, ms)
      signal?.addEventListener('abort', end)
      function end() {
        clearTimeout(timer)
        signal?.removeEventListener('abort', end)
        resolve()
      }
    })
  },
}
