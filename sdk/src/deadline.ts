// A bound on how long one piece of work may take, made of AbortController and one timer alone: React Native has
// neither AbortSignal.timeout nor AbortSignal.any.
import type { Runtime } from './runtime.ts'

/** Why the work was ended: its time was over, or the caller's signal fired. */
export class Ended extends Error {
  readonly by: 'deadline' | 'caller'

  constructor(by: 'deadline' | 'caller', options?: ErrorOptions) {
    super(by, options)
    this.by = by
  }
}

/**
 * The signal is aborted after the work as well, which nobody notices any more: otherwise Node's fetch holds the request
 * and its body until the next full garbage collection, through a listener that it never removes.
 */
const OVER = new Ended('deadline')

/**
 * What `work` resolves to. Rejects with `Ended` after `timeoutMs`, or as soon as the caller's signal is aborted, even
 * if the work pays no heed to the signal that it gets. Leaves no timer and no listener behind.
 */
export async function withDeadline<T>(
  runtime: Pick<Runtime, 'after'>,
  timeoutMs: number,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (signal?.aborted) throw new Ended('caller', { cause: signal.reason })
  const controller = new AbortController()
  let abort = () => {}
  let cancelTimer = () => {}
  const ended = new Promise<never>((_, reject) => {
    const end = (error: Ended) => {
      reject(error)
      controller.abort(error)
    }
    abort = () => end(new Ended('caller', { cause: signal!.reason }))
    signal?.addEventListener('abort', abort)
    cancelTimer = runtime.after(timeoutMs, () => end(new Ended('deadline')))
  })
  try {
    return await Promise.race([work(controller.signal), ended])
  } finally {
    cancelTimer()
    signal?.removeEventListener('abort', abort)
    controller.abort(OVER)
  }
}
