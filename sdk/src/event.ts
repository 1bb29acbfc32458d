// Events as callers pass them and as they are sent: captured once, with their id and time fixed for ever.
import { isObject } from './status.ts'
import { toThousandths } from './thousandths.ts'

/** One thing that happened to one video. */
export type TallyEvent = {
  readonly videoId: string
  /** `view`, `like`, `dislike`, `share`, or another name of `[a-z][a-z0-9_-]{0,31}`. */
  readonly type: string
  /** 1–64 of `[A-Za-z0-9._:-]`; a second one with this id, video, type and minute is a copy. Made when missing. */
  readonly id?: string
  /** RFC 3339, epoch milliseconds or a Date; now when missing. */
  readonly time?: string | number | Date
  /** |value| ≤ 1e9. Rounded to 3 decimal places, half away from zero (see `ClientOptions.strict`). */
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

/** Why an event cannot be captured. */
export type Refusal = { readonly code: RejectionCode; readonly detail: string }

/** An event's JSON, which every attempt sends unchanged. */
export type Captured = {
  readonly event: TallyEvent
  readonly json: string
  /** The length of `json` in UTF-8. */
  readonly bytes: number
  /** This machine's time, where the event's time was taken from it; undefined where the caller gave the time. */
  readonly clockMs: number | undefined
}

export type CaptureRules = {
  readonly newId: () => string
  /** To be added to this machine's time to get the server's; 0 as long as nothing else is known. */
  offsetMs: number
  /** Refuses values of more than three decimal places instead of rounding them. */
  readonly strict: boolean
}

/** An event while it is written, which may hold anything. */
type Fixed = { id?: unknown; time?: unknown; value?: unknown; toJSON?: unknown }

const FINITE = ['time', 'value'] as const
const REASON_CHARS_MAX = 200
/** The server's bound for one event. */
const EVENT_BYTES_MAX = 32 * 1_024

/**
 * Fixes id and time, rounds the value, and writes the JSON. A Refusal is returned for an event that cannot be
 * written, that no server would accept, or that JSON would silently change (NaN becomes null). Never throws, whatever
 * the event's getters do.
 *
 * @param nowMs this machine's time, for an event that has none
 */
export function capture(given: TallyEvent, nowMs: number, rules: CaptureRules): Captured | Refusal {
  try {
    const source = given as Fixed | null | undefined
    const written: unknown = typeof source?.toJSON === 'function' ? source.toJSON('') : given
    if (!isObject(written)) return { code: 'invalid_event', detail: 'an event must be an object' }
    const event: Fixed = { ...written } // asks each getter once
    const { value } = event
    for (const name of FINITE) {
      if (isLost(event[name]))
        return {
          code: `invalid_${name}`,
          detail: `${name} must be finite: JSON cannot hold this ${typeof event[name]}`,
        }
    }
    if (typeof value === 'number') {
      event.value = toThousandths(value)
      if (rules.strict && event.value !== value) {
        return { code: 'invalid_value', detail: `${value} has more than 3 decimal places` }
      }
    }
    event.id ??= rules.newId()
    const clockMs = event.time == null ? nowMs : undefined
    event.time ??= nowMs + rules.offsetMs
    event.toJSON &&= undefined // it has been called
    const json = JSON.stringify(event)
    const bytes = utf8Bytes(json)
    if (bytes > EVENT_BYTES_MAX) {
      return { code: 'too_large', detail: `${bytes} bytes of JSON, above ${EVENT_BYTES_MAX}` }
    }
    return { event: event as TallyEvent, json, bytes, clockMs }
  } catch (thrown) {
    let reason = ''
    try {
      reason = `: ${(thrown as Error).message ?? thrown}` // it may be anything, even what cannot be turned into text
    } catch {}
    const detail = `the event cannot be written as JSON${reason.slice(0, REASON_CHARS_MAX)}`
    return { code: 'invalid_event', detail }
  }
}

/** The same event with its time by a clock that was mended since, to be sent only if the first was refused. */
export function recapture(event: TallyEvent, clockMs: number, rules: CaptureRules): Captured | Refusal {
  const { time: _, ...timeless } = event
  return capture(timeless, clockMs, rules)
}

/** Whether an event was refused for a time that may be the fault of this machine's clock. */
export const isMisplaced = (code: string) => code.startsWith('time_')

/** Of NaN and invalid dates JSON makes null, as of functions in a list. */
function isLost(value: unknown): boolean {
  return value != null && !Number.isFinite(value) && JSON.stringify([value]) === '[null]'
}

const BEYOND_ASCII = /[^ -~]/

/** The length of a text in UTF-8; a lone surrogate counts as U+FFFD, which replaces it. */
export const utf8Bytes = (text: string): number =>
  BEYOND_ASCII.test(text) ? new TextEncoder().encode(text).length : text.length
