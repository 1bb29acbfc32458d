// How old what was read may be. Pure.

export type Age = {
  /** At least one read may have missed durable writes. */
  readonly stale: boolean
  /** Where it is stale: what the log had taken by then, epoch ms, was read. Infinite where no read says. */
  readonly asOfMs: number
}

type Reading = { readonly stale: boolean; readonly asOfMs?: number }

/** As stale and as old as any of several readings. */
export function oldestOf(readings: readonly Reading[]): Age {
  return {
    stale: readings.some(({ stale }) => stale),
    asOfMs: readings.reduce((least, { asOfMs = least }) => Math.min(least, asOfMs), Number.POSITIVE_INFINITY),
  }
}
