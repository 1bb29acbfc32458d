// One batch, tried until its fate is known or the retry policy ends.
import { type Door, type Outcome, sendBatch, type WrittenBatch } from './attempt.ts'
import type { TallyError } from './errors.ts'
import type { Transport } from './request.ts'
import { retryDelayMs } from './retry.ts'

export type Courier = Pick<Transport, 'runtime' | 'sleep' | 'timeoutMs' | 'retry' | 'onRetry'> & {
  readonly door: Door
}

/**
 * The last attempt's outcome; `retry` means that the policy ended. `wasOpen`: after an earlier attempt it was unknown
 * whether the events were stored.
 */
export type Delivery = Outcome & { readonly wasOpen: boolean }

/** Never rejects. */
export async function deliver(
  courier: Courier,
  batch: WrittenBatch,
  signal: AbortSignal | undefined,
): Promise<Delivery> {
  const { door, runtime, sleep, retry, timeoutMs, onRetry } = courier
  const deadlineMs = runtime.monotonicMs() + retry.deadlineMs
  let wasOpen = false
  for (let attempt = 0; ; attempt++) {
    const leftMs = Math.ceil(deadlineMs - runtime.monotonicMs())
    const outcome = await sendBatch(door, batch, Math.min(timeoutMs, leftMs), signal)
    if (outcome.kind !== 'retry') return { ...outcome, wasOpen }
    const { error } = outcome
    const delayMs = retryDelayMs(attempt, runtime.random(), outcome.afterMs, retry)
    const tooLate = runtime.monotonicMs() + delayMs >= deadlineMs
    if (tooLate || attempt + 1 >= retry.attemptsMax) return { ...outcome, wasOpen }
    wasOpen ||= outcome.mayBeStored
    onRetry({ attempt, delayMs, error })
    try {
      await sleep(delayMs, signal)
    } catch (error) {
      return { ...outcome, kind: 'aborted', error: error as TallyError, wasOpen }
    }
  }
}
