// An event as every part of the product holds it, once it has been accepted at the door. Pure vocabulary: no I/O.

/** One thing that happened to one video. Field rules: see parse-event.ts, where they are enforced. */
export type Event = {
  /** Who owns the video: from the API key, never from the body. The default tenant is ''. */
  readonly tenant: string
  readonly videoId: string
  readonly type: string
  /** Names the event among those of its video, type, minute and source: a second one with this id is a copy. */
  readonly id: string
  /** Epoch milliseconds. */
  readonly timeMs: number
  /** Integer thousandths, |value| ≤ 1e12, or null where the event carries no value. */
  readonly valueThousandths: number | null
  readonly viewerId: string | null
  readonly channelId: string | null
  /** The JSON text of an object of strings, or null. */
  readonly attributes: string | null
  /** The source of a CloudEvent, whose id is unique only within its source; null for every other event. */
  readonly source: string | null
}
