// Events as callers pass them and as they are sent: captured once, with their id and time fixed for ever.

/** One thing that happened to one video. */
export type TallyEvent = {
  readonly videoId: string
  /** `view`, `like`, `dislike`, `share`, or another name of `[a-z][a-z0-9_-]{0,31}`. */
  readonly type: string
  /** 1–64 of `[A-Za-z0-9._:-]`; a second one with this id, video, type and minute is a copy. Made when missing. */
  readonly id?: string
  /** RFC 3339, epoch milliseconds or a Date; now when missing. */
  readonly time?: string | number | Date
  /** At most 3 decimal places, |value| ≤ 1e9. */
  readonly value?: number
  readonly viewerId?: string
  readonly channelId?: string
  readonly attributes?: Readonly<Record<string, string>>
}

/** All are final except `too_many_new_videos`: the same event may be accepted in the next minute. */
export type RejectionCode =
  | 'invalid_event'
  | 'invalid_id'
  | 'invalid_video_id'
  | 'invalid_type'
  | 'invalid_time'
  | 'time_in_future'
  | 'time_too_old'
  | 'invalid_value'
  | 'invalid_viewer_id'
  | 'invalid_channel_id'
  | 'invalid_attributes'
  | 'too_large'
  | 'too_many_new_videos'
  | 'unknown_field'

/** Why the event at `index` was not accepted. Servers newer than this SDK may know further codes. */
export type Rejection = {
  readonly index: number
  readonly code: RejectionCode | (string & {})
  readonly detail: string
}

/** An event's JSON, which every attempt sends unchanged. */
export type Captured = {
  readonly index: number
  readonly event: TallyEvent
  readonly json: string
  /** The length of `json` in UTF-8. */
  readonly bytes: number
}

/** The server's bound for one event. */
const EVENT_BYTES_MAX = 32 * 1_024

/**
 * Fixes id and time and writes the JSON. A Rejection is returned for an event that no server would accept, or that
 * JSON would silently change (NaN becomes null). Throws what JSON.stringify throws.
 */
export function capture(
  event: TallyEvent,
  index: number,
  newId: () => string,
  nowMs: number,
): Captured | Rejection {
  if (typeof event.value === 'number' && !Number.isFinite(event.value)) {
    return { index, code: 'invalid_value', detail: `value is ${event.value}: it must be a finite number` }
  }
  if (event.time instanceof Date && Number.isNaN(event.time.getTime())) {
    return { index, code: 'invalid_time', detail: 'time is an invalid Date' }
  }
  const whole = event.id !== undefined && event.time !== undefined
  const fixed = whole ? event : { ...event, id: event.id ?? newId(), time: event.time ?? nowMs }
  const json = JSON.stringify(fixed)
  const bytes = utf8Bytes(json)
  if (bytes > EVENT_BYTES_MAX) {
    return {
      index,
      code: 'too_large',
      detail: `${bytes} bytes of JSON: at most ${EVENT_BYTES_MAX} are taken`,
    }
  }
  return { index, event: fixed, json, bytes }
}

/** The length of a text in UTF-8; a lone surrogate counts as U+FFFD, which replaces it. */
export function utf8Bytes(text: string): number {
  let bytes = text.length
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x80) continue
    const isPair = unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00
    bytes += unit < 0x800 ? 1 : 2
    if (isPair) at++
  }
  return bytes
}
