// The metadata of a video in requests and answers. Pure: the one place that holds its rules.

import { instantText } from '../../../lib/time-text.ts'
import { isName, NAME_CHARS_MAX, NAME_RULE } from '../../../model/names.ts'
import { timeMsOf } from '../../../model/parse-time.ts'
import { isPlainText, plainTextRule } from '../../../model/plain-text.ts'
import type { FoundVideo, Video } from '../../../stores/videos/videos.ts'

export const VIDEO_LIMITS = {
  titleCharsMax: 256,
  channelCharsMax: NAME_CHARS_MAX,
  durationSecondsMax: 10_000_000,
  /** The years 1800 to 9999. */
  publishedMsMin: Date.UTC(1800),
  publishedMsMax: Date.UTC(10_000) - 1,
  /** In one request. */
  videosMax: 1_000,
  bodyBytesMax: 512 << 10,
} as const

export type VideoFields = {
  readonly title: string
  readonly channel: string | null
  readonly durationSeconds: number | null
  readonly published: string | null
}

export type VideoFault = { readonly parameter: string; readonly code: string; readonly detail: string }

const FIELDS = ['title', 'channel', 'durationSeconds', 'published']
const SHOWN_CHARS_MAX = 64
/** Keeps a refusal from being many times as long as the request. */
const UNKNOWN_FIELDS_MAX = 10

export function videoFields({ title, channel, durationSeconds, publishedMs }: Video): VideoFields {
  const published = publishedMs === null ? null : instantText(publishedMs)
  return { title, channel, durationSeconds, published }
}

/** A video, or everything that is wrong with it. `null` in an optional field is the same as leaving it out. */
export function parseVideo(body: unknown): Video | readonly VideoFault[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return [fault('body', 'invalid_parameter', 'must be an object')]
  }
  const { title, channel = null, durationSeconds = null, published = null } = body as Record<string, unknown>
  const publishedMs = published === null ? null : publishedMsOf(published)
  const faults = [
    ...unknownFields(body).map((field) =>
      fault(field, 'unknown_parameter', `is not known; known are ${FIELDS.join(', ')}`),
    ),
    ...(isPlainText(title, VIDEO_LIMITS.titleCharsMax)
      ? []
      : [textFault('title', VIDEO_LIMITS.titleCharsMax)]),
    ...(channel === null || isPlainText(channel, VIDEO_LIMITS.channelCharsMax)
      ? []
      : [textFault('channel', VIDEO_LIMITS.channelCharsMax)]),
    ...(durationSeconds === null || isDuration(durationSeconds)
      ? []
      : [
          fault(
            'durationSeconds',
            'invalid_parameter',
            `must be a number from 0 to ${VIDEO_LIMITS.durationSecondsMax}`,
          ),
        ]),
    ...(published === null || publishedMs !== null
      ? []
      : [
          fault(
            'published',
            'invalid_parameter',
            'must be an RFC 3339 time with a zone, or epoch milliseconds, from 1800 to 9999',
          ),
        ]),
  ]
  if (faults.length > 0) return faults
  return { title, channel, durationSeconds, publishedMs } as Video
}

/** A video of many, with its id. */
export function parseNamedVideo(item: unknown): FoundVideo | readonly VideoFault[] {
  const { videoId, ...rest } = (typeof item === 'object' && item !== null ? item : {}) as Record<
    string,
    unknown
  >
  const isItem = typeof item === 'object' && item !== null && !Array.isArray(item)
  const video = parseVideo(isItem ? rest : item)
  const faults = [
    ...(isItem && !(typeof videoId === 'string' && isName(videoId))
      ? [fault('videoId', 'invalid_parameter', `must be ${NAME_RULE}`)]
      : []),
    ...(isFaulty(video) ? video : []),
  ]
  return faults.length > 0 ? faults : { videoId: videoId as string, video: video as Video }
}

export function isFaulty<T>(parsed: T | readonly VideoFault[]): parsed is readonly VideoFault[] {
  return Array.isArray(parsed)
}

function unknownFields(body: object): string[] {
  return Object.keys(body)
    .filter((field) => !FIELDS.includes(field))
    .slice(0, UNKNOWN_FIELDS_MAX)
}

function isDuration(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= VIDEO_LIMITS.durationSecondsMax
}

function publishedMsOf(value: unknown): number | null {
  const timeMs = timeMsOf(value)
  if (timeMs === null) return null
  return timeMs >= VIDEO_LIMITS.publishedMsMin && timeMs <= VIDEO_LIMITS.publishedMsMax ? timeMs : null
}

function textFault(field: string, charsMax: number): VideoFault {
  const rule = `must be ${plainTextRule(1, charsMax)}`
  return fault(field, 'invalid_parameter', rule)
}

function fault(field: string, code: string, rule: string): VideoFault {
  const parameter = field.slice(0, SHOWN_CHARS_MAX).toWellFormed()
  return { parameter, code, detail: `${parameter} ${rule}.` }
}
