// Under which texts a video is found: what every store of videos keeps an index of. Pure.
import { NAME_CHARS_MAX } from '../../model/names.ts'
import { wordStarts } from './title-words.ts'
import type { Video } from './videos.ts'

/**
 * By `id`; by its `title` or its `channel` from each of their first words on; and as a `member` of its channel, which
 * is the group.
 */
export type IndexKind = 'id' | 'title' | 'channel' | 'member'
export type IndexEntry = { readonly kind: IndexKind; readonly group: string; readonly text: string }

/** Names hold no control characters. */
export const SEPARATOR = '\u0000'
/** Between a text and the next one. */
export const NEXT = '\u0000'
/** Sorts after every text that may follow: a name may begin with the last character of Unicode. */
export const LAST = '\u{10ffff}'.repeat(NAME_CHARS_MAX + 1)

/** Each ends with the id of the video. */
export function indexEntries(videoId: string, { title, channel }: Video): IndexEntry[] {
  const titles = wordStarts(title).map((start) => entry('title', [start, videoId]))
  const id = entry('id', [videoId])
  if (channel === null) return [id, ...titles]
  const channels = wordStarts(channel).map((start) => entry('channel', [start, channel, videoId]))
  return [id, ...titles, ...channels, { kind: 'member', group: channel, text: videoId }]
}

export function videoIdOf(text: string): string {
  return text.slice(text.lastIndexOf(SEPARATOR) + 1)
}

function entry(kind: IndexKind, parts: readonly string[]): IndexEntry {
  return { kind, group: '', text: parts.join(SEPARATOR) }
}
