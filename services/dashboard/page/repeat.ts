// Polls while the page is visible.

const RETRY_MS = 3_000

/**
 * Runs `work` now and every `intervalMs` until the signal is aborted; not while the tab is hidden, and at once when
 * it becomes visible again. Errors of `work` go to `onError`, and it is retried.
 */
export async function repeat(
  intervalMs: number,
  signal: AbortSignal,
  work: () => Promise<void>,
  onError: (error: unknown) => void,
): Promise<void> {
  while (!signal.aborted) {
    let waitMs = intervalMs
    try {
      await work()
    } catch (error) {
      if (signal.aborted) return
      onError(error)
      waitMs = Math.max(RETRY_MS, intervalMs)
    }
    await pause(waitMs, signal)
    await untilSeen(signal)
  }
}

/** Resolves after `ms`, or as soon as the signal is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}

function untilSeen(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (document.hidden && !signal.aborted) return
      document.removeEventListener('visibilitychange', look)
      signal.removeEventListener('abort', look)
      resolve()
    }
    document.addEventListener('visibilitychange', look)
    signal.addEventListener('abort', look)
    look()
  })
}
