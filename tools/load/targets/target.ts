// A system under test, however it was started.
export type Watched = {
  readonly name: string
  /** The URL of its metrics; null if it has none (a broker, a database). */
  readonly metricsUrl: string | null
  /** Its process id, if it runs on this machine; a restart changes it. */
  readonly pid: () => Promise<number | null>
}

export type Fault = {
  readonly name: string
  /** Resolves when the affected process works again. */
  inject(signal: AbortSignal): Promise<void>
}

export type Target = {
  readonly name: string
  readonly url: string
  readonly watched: readonly Watched[]
  /** In the order of a long run; none if faults must not be injected. */
  readonly faults: readonly Fault[]
  /** Aborted, with the reason, if it ended by itself. */
  readonly crashed: AbortSignal
  /** @param keepsData if a failure must be investigated */
  stop(keepsData: boolean): Promise<void>
}
