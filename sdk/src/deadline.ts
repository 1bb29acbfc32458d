// A bound on how long one piece of work may take, made of AbortController and one timer alone: React Native has
// neither AbortSignal.timeout nor AbortSignal.any.
import { TallyError } from './errors.ts'
import type { Runtime } from './runtime.ts'

export function aborted(reason: unknown): TallyError {
  return new TallyError('aborted', 'the call was aborted', { cause: reason })
}

/**
 * What `work` resolves to. Rejects with a TallyError `timeout`, or `aborted` as soon as the caller's signal is, even
 * if the work pays no heed to the signal that it gets. Leaves no timer and no listener behind.
 */
export function withDeadline<T>(
  runtime: Pick<Runtime, 'after'>,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const controller = new AbortController()
    const over = () => {
      cancelTimer()
      signal?.removeEventListener('abort', abort)
      // After an end in time, too, where nobody notices: otherwise Node's fetch holds the request and its body until
      // the next full garbage collection, through a listener that it never removes.
      controller.abort('over')
    }
    const fail = (error: TallyError) => {
      reject(error)
      over()
    }
    const abort = () => fail(aborted(signal!.reason))
    const cancelTimer = runtime.after(timeoutMs, () =>
      fail(new TallyError('timeout', `no answer within ${timeoutMs} ms`)),
    )
    signal?.addEventListener('abort', abort)
    if (signal?.aborted) abort()
    else work(controller.signal).finally(over).then(resolve, reject)
  })
}
