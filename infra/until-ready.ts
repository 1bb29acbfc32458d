// Waits until a started server serves.
import { setTimeout as sleep } from 'node:timers/promises'
import { InfraFault } from './fault.ts'

const POLL_MS = 50

/**
 * Tries `probe` until it succeeds. Fails with `did_not_start` after `timeoutMs`, with the error of `assertLives` if
 * waiting is useless, or with the reason of `signal` when it is aborted.
 */
export async function untilReady(
  name: string,
  timeoutMs: number,
  probe: () => Promise<void>,
  assertLives: () => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (true) {
    signal?.throwIfAborted()
    await assertLives()
    try {
      return await probe()
    } catch (cause) {
      if (performance.now() > deadline) {
        const why = cause instanceof Error ? cause.message : String(cause)
        throw new InfraFault('did_not_start', `${name} is not ready after ${timeoutMs} ms: ${why}`, { cause })
      }
    }
    await sleep(POLL_MS)
  }
}
