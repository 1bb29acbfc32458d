// A system under test, however it came to be.
export type Watched = {
  readonly name: string
  /** Where it tells of itself; null where it does not (a broker, a database). */
  readonly metricsUrl: string | null
  /** Its id, where it runs on this machine and may be restarted under another. */
  readonly pid: () => Promise<number | null>
}

export type Fault = {
  readonly name: string
  /** Resolves when what was hurt works again. */
  inject(signal: AbortSignal): Promise<void>
}

export type Target = {
  readonly name: string
  readonly url: string
  readonly watched: readonly Watched[]
  /** In the order in which a long run takes its turns; none where the system is not ours to hurt. */
  readonly faults: readonly Fault[]
  /** Aborted, with the reason, where it ended by itself. */
  readonly crashed: AbortSignal
  /** @param keepsData where something is to be looked into */
  stop(keepsData: boolean): Promise<void>
}
