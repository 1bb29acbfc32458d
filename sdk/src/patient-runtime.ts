// What calls need of the platform that wait before they try again. The tracker does not: it plans.
import { aborted } from './deadline.ts'
import { platformRuntime, type Runtime } from './runtime.ts'

export type PatientRuntime = Runtime & {
  /** Resolves after `ms`; rejects with a TallyError `aborted` as soon as the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const patientRuntime: PatientRuntime = {
  ...platformRuntime,
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const abort = () => {
        cancel()
        reject(aborted(signal!.reason))
      }
      const cancel = platformRuntime.after(ms, () => {
        signal?.removeEventListener('abort', abort)
        resolve()
      })
      if (signal?.aborted) abort()
      else signal?.addEventListener('abort', abort, { once: true })
    }),
}
