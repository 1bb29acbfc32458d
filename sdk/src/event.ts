// Events as callers pass them and as they are sent: captured once, with their id and time fixed for ever.
import { isObject } from './status.ts'
import { isThousandths, toThousandths } from './thousandths.ts'

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

/** An event's JSON, which every attempt sends unchanged. */
export type Captured = {
  readonly index: number
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

/** The server's bound for one event. */
const EVENT_BYTES_MAX = 32 * 1_024

/**
 * Fixes id and time, rounds the value, and writes the JSON. A Rejection is returned for an event that cannot be
 * written, that no server would accept, or that JSON would silently change (NaN becomes null). Never throws, whatever
 * the event's getters do.
 *
 * @param nowMs this machine's time, for an event that has none
 */
export function capture(
  given: TallyEvent,
  index: number,
  nowMs: number,
  rules: CaptureRules,
): Captured | Rejection {
  const reject = (code: RejectionCode, detail: string): Rejection => ({ index, code, detail })
  try {
    const event = plain(given)
    if (event === null) return reject('invalid_event', 'an event must be an object')
    const { id = null, time = null } = event
    const value = primitive(event.value)
    if (isLost(time)) return reject('invalid_time', lost('time', time))
    if (isLost(value)) return reject('invalid_value', lost('value', value))
    const isNumber = typeof value === 'number'
    if (isNumber && rules.strict && !isThousandths(value)) {
      return reject('invalid_value', `value is ${value}: it must have at most 3 decimal places`)
    }
    const fixed: TallyEvent & { value?: number; toJSON?: undefined } = {
      ...event,
      id: id ?? rules.newId(),
      time: time ?? nowMs + rules.offsetMs,
    }
    if (isNumber) fixed.value = toThousandths(value)
    if ('toJSON' in fixed) fixed.toJSON = undefined // it has been called
    const json = JSON.stringify(fixed)
    const bytes = utf8Bytes(json)
    if (bytes > EVENT_BYTES_MAX) {
      return reject('too_large', `${bytes} bytes of JSON: at most ${EVENT_BYTES_MAX} are taken`)
    }
    return { index, event: fixed, json, bytes, clockMs: time === null ? nowMs : undefined }
  } catch (error) {
    return reject('invalid_event', `the event cannot be written as JSON${reasonOf(error)}`)
  }
}

/** The same event with its time by a clock that was mended since, to be sent only if the first was refused. */
export function recapture(
  captured: Pick<Captured, 'event' | 'index'>,
  clockMs: number,
  rules: CaptureRules,
): Captured | Rejection {
  const { time: _, ...timeless } = captured.event
  return capture(timeless, captured.index, clockMs, rules)
}

/** Whether an event was refused for a time that may be the fault of this machine's clock. */
export const isMisplaced = (code: string) => code === 'time_in_future' || code === 'time_too_old'

/** JSON writes a Number object as the number in it. */
const primitive = (value: unknown) => (value instanceof Number ? value.valueOf() : value)

/** What JSON would take the event for; null where that is no object. */
function plain(given: unknown): TallyEvent | null {
  const { toJSON } = (given ?? {}) as { toJSON?: unknown }
  const event: unknown = typeof toJSON === 'function' ? toJSON.call(given, '') : given
  return isObject(event) ? (event as TallyEvent) : null
}

/** Of NaN and invalid dates JSON makes null, and of functions nothing. */
function isLost(value: unknown): boolean {
  return value != null && !Number.isFinite(value) && (JSON.stringify(value) ?? 'null') === 'null'
}

const lost = (name: string, value: unknown) => `${name} must be finite: JSON cannot hold this ${typeof value}`

const REASON_CHARS_MAX = 200

/** What was thrown may be anything, even what cannot be turned into text. */
function reasonOf(thrown: unknown): string {
  try {
    return `: ${String((thrown as Error).message ?? thrown).slice(0, REASON_CHARS_MAX)}`
  } catch {
    return ''
  }
}

const BEYOND_ASCII = /[^ -~]/

/** The length of a text in UTF-8; a lone surrogate counts as U+FFFD, which replaces it. */
export function utf8Bytes(text: string): number {
  let bytes = text.length // of which a pair of surrogates is two
  if (!BEYOND_ASCII.test(text)) return bytes // twice as fast as the loop
  for (const char of text) if (char > '\x7f') bytes += char > '\u07ff' ? 2 : 1
  return bytes
}
