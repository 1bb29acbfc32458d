// SIGINT and SIGTERM as an AbortSignal, for programs that have started something that must not outlive them.
import { addAbortListener } from 'node:events'
import { Fault } from './fault.ts'

/** Aborted by the first of them. Later ones change nothing: on Ctrl-C the terminal sends one, and npm another. */
export function interruption(): AbortSignal {
  const ending = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => ending.abort(new Fault(`stopped by ${signal}`)))
  }
  return ending.signal
}

/** Waits for `work` until the signal is aborted, and fails with its reason then; the work itself may go on. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  aborted.promise.catch(() => {})
  using _ = addAbortListener(signal, () => aborted.reject(signal.reason))
  return await Promise.race([work, aborted.promise])
}
