// Time as a port, so that the simulator can hold it still. The core never sees it: its time is log time.

export interface Clock {
  nowMs(): number
  /** Resolves after `ms`; at once when the signal is or becomes aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}
