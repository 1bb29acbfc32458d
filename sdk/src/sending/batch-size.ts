// How many events a request may hold, as learned from answers 413: halved by each, doubled again after successes at the
// bound, with a patience that doubles too. Something between may know a smaller limit than the server's. Pure.

/** The server's bounds for one request. */
export const REQUEST_EVENTS_MAX = 1_000
export const REQUEST_BYTES_MAX = 1_024 * 1_024
const PATIENCE_MAX = 1_024

export type BatchSize = { eventsMax: number; patience: number; fullSuccesses: number }

export const newBatchSize = (): BatchSize => ({
  eventsMax: REQUEST_EVENTS_MAX,
  patience: 1,
  fullSuccesses: 0,
})

export function wasTooLarge(size: BatchSize, events: number): void {
  size.eventsMax = Math.max(1, Math.min(size.eventsMax, Math.ceil(events / 2)))
  size.patience = Math.min(PATIENCE_MAX, size.patience * 2)
  size.fullSuccesses = 0
}

export function wasTaken(size: BatchSize, events: number): void {
  if (events < size.eventsMax || size.eventsMax === REQUEST_EVENTS_MAX) return
  size.fullSuccesses++
  if (size.fullSuccesses < size.patience) return
  size.eventsMax = Math.min(REQUEST_EVENTS_MAX, size.eventsMax * 2)
  size.fullSuccesses = 0
}
