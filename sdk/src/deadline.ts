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
export async function withDeadline<T>(
  runtime: Pick<Runtime, 'after'>,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (signal?.aborted) throw aborted(signal.reason)
  const controller = new AbortController()
  let end!: (error: TallyError) => void
  const ended = new Promise<never>((_, reject) => {
    end = (error) => {
      reject(error)
      controller.abort(error)
    }
  })
  const abort = () => end(aborted(signal!.reason))
  const cancelTimer = runtime.after(timeoutMs, () =>
    end(new TallyError('timeout', `no answer within ${timeoutMs} ms`)),
  )
  signal?.addEventListener('abort', abort)
  try {
    return await Promise.race([work(controller.signal), ended])
  } finally {
    cancelTimer()
    signal?.removeEventListener('abort', abort)
    // Nobody notices any more: otherwise Node's fetch holds the request and its body until the next full garbage
    // collection, through a listener that it never removes.
    controller.abort('over')
  }
}
