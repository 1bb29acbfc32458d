// Where a search stands: videos are found by their id, then by their title, then by their channel, each in the order of
// what was matched. A later page goes on from there, and knows from a video alone whether an earlier one had it. Pure.
import { Buffer } from 'node:buffer'
import { folded, wordStarts } from './title-words.ts'
import type { Video } from './videos.ts'

export const STAGES = ['id', 'title', 'channel'] as const
export type Stage = (typeof STAGES)[number]

/** The last match that was given: what was matched, from its start on. */
export type Place = { readonly stage: Stage; readonly text: string }

const PLACE_CHARS_MAX = 2_000

export function placeText({ stage, text }: Place): string {
  return Buffer.from(JSON.stringify([STAGES.indexOf(stage), text])).toString('base64url')
}

/** Null for a text that no search gave. */
export function parsePlace(given: string): Place | null {
  if (given.length > PLACE_CHARS_MAX) return null
  try {
    const read: unknown = JSON.parse(Buffer.from(given, 'base64url').toString())
    if (!Array.isArray(read) || read.length !== 2 || typeof read[1] !== 'string') return null
    const stage = STAGES[read[0]]
    return stage === undefined ? null : { stage, text: read[1] }
  } catch {
    return null
  }
}

/** The first way in which a search finds a video: the stage, and the index text that it matched. Null: not at all. */
export function firstMatch(
  prefix: string,
  videoId: string,
  { title, channel }: Video,
): { readonly stage: Stage; readonly start: string } | null {
  if (videoId.startsWith(prefix)) return { stage: 'id', start: '' }
  const text = folded(prefix)
  if (text === '') return null
  const least = (name: string | null) =>
    (name === null ? [] : wordStarts(name)).filter((start) => start.startsWith(text)).sort(byBytes)[0]
  const [ofTitle, ofChannel] = [least(title), least(channel)]
  if (ofTitle !== undefined) return { stage: 'title', start: ofTitle }
  return ofChannel === undefined ? null : { stage: 'channel', start: ofChannel }
}

/** In the order of UTF-8 bytes, as databases sort. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
