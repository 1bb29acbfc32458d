// Every bound of the front door, by name.
import { DAY_MS, MINUTE_MS } from '../../model/bucket.ts'

export type EventLimits = {
  /** The size of a request's body after inflating. */
  readonly bodyBytesMax: number
  readonly eventsMax: number
  readonly eventBytesMax: number
  /** An event older than this takes the late lane. */
  readonly horizonMs: number
  /** How far ahead of the server's an event's time may be. */
  readonly aheadMs: number
  /** How long raw events are kept, and so how old an event may be at all. */
  readonly retentionMs: number
  /** How long an event waits for others to share its record; longer where that pays, see linger-policy.ts. */
  readonly lingerMs: number
  /** The longest of these waits. Together with the append, it is to stay well below what a 202 may take. */
  readonly lingerMsMax: number
  /** A record is full once it has this many bytes or events; the last event may go beyond. */
  readonly recordBytesMax: number
  readonly recordEventsMax: number
  /** The bodies of all requests that have not been answered yet. */
  readonly inFlightBytesMax: number
  /** Per tenant; null means no limit. */
  readonly eventsPerSecondMax: number | null
  /** Of each key; null means no limit. */
  readonly eventsPerSecondPerKeyMax: number | null
  /** Of each client address that sends with a write key, as pages do; null means no limit. */
  readonly eventsPerSecondPerAddressMax: number | null
  /** New (video, type) pairs, not seen recently, per tenant; null means no limit. */
  readonly newVideosPerMinuteMax: number | null
}

export const EVENT_LIMITS: EventLimits = {
  bodyBytesMax: 1 << 20,
  eventsMax: 1_000,
  eventBytesMax: 32 << 10,
  horizonMs: 10 * MINUTE_MS,
  aheadMs: MINUTE_MS,
  retentionMs: 7 * DAY_MS,
  lingerMs: 5,
  lingerMsMax: 100,
  recordBytesMax: 256 << 10,
  recordEventsMax: 4_096,
  inFlightBytesMax: 64 << 20,
  eventsPerSecondMax: null,
  eventsPerSecondPerKeyMax: null,
  eventsPerSecondPerAddressMax: 10_000,
  newVideosPerMinuteMax: null,
}
