// The real clock.
import type { Clock } from './clock.ts'

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep(ms, signal) {
    if (signal?.aborted) return Promise.resolve()
    return new Promise((resolve) => {
<<<<<<< HEAD
      // By hand, because the sleep of node:timers/promises makes two errors with their stacks when it is cut short.
=======
      // The sleep of node:timers/promises makes two errors with their stacks each time it is cut short.
>>>>>>> w-ingest-speed
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
