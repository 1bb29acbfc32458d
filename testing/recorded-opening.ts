// What a process gives to whatever it opens, with a stack that notes in which order things are closed.
import { buildServer } from '../lib/http/server.ts'
import type { Opening } from '../lib/opening.ts'
import { systemClock } from '../lib/system-clock.ts'

class RecordedStack extends AsyncDisposableStack {
  /** So many things were opened. */
  opened = 0
  /** Their places in the order of opening, as they are closed. */
  readonly closed: number[] = []

  override defer(close: () => PromiseLike<void> | void): void {
    const place = this.opened++
    super.defer(async () => {
      this.closed.push(place)
      await close()
    })
  }
}

export type RecordedOpening = Opening & { readonly stack: RecordedStack }

/** It waits for no server: the first attempt that fails ends the waiting. */
export function recordedOpening(): RecordedOpening {
  const { log: logger } = buildServer()
  const stopping = new AbortController()
  const { signal } = stopping
  return {
    ...{ name: 'tally-test', clock: systemClock, logger, signal },
    stack: new RecordedStack(),
    onRetry: () => stopping.abort(),
  }
}
