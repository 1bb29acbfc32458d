// An event as it is sent, and the name of one that has none of its own. Pure.
//
// The text is the same for the same event, however a file writes it: its spaces, quotes, the order of its columns or
// keys, the form of its times and numbers do not show in it. So what is made of it does not change when a file is
// written anew.
import { hash } from 'node:crypto'
import type { Event } from '../../model/event.ts'

const DIGEST_HEX_CHARS = 32

/** An event of a file; its id is null where the file gives none. */
export type FileEvent = Omit<Event, 'id'> & { readonly id: string | null }

/** JSON, one line. */
export function eventText(event: FileEvent): string {
  const { id, tenant, source, videoId, type, timeMs, valueThousandths, ...rest } = event
  const { viewerId, channelId, attributes } = rest
  return JSON.stringify({
    ...(id !== null && { id }),
    ...(tenant !== '' && { tenant }),
    ...(source !== null && { source }),
    ...{ videoId, type, time: timeMs },
    ...(valueThousandths !== null && { value: valueThousandths / 1000 }),
    ...(viewerId !== null && { viewerId }),
    ...(channelId !== null && { channelId }),
    ...(attributes !== null && { attributes: sortedAttributes(attributes) }),
  })
}

/** 128 bits of what a text says. Texts of different sets never share them. */
export function digestOf(text: string, set: string): string {
  return hash('sha256', `${set}\n${text}`).slice(0, DIGEST_HEX_CHARS)
}

/** @param ordinal from 1, among the equal events of a file: equal rows count each */
export function named(text: string, digest: string, ordinal: number): string {
  return `{"id":"row-${digest}-${ordinal}",${text.slice(1)}`
}

function sortedAttributes(json: string): object {
  const attributes: Record<string, string> = JSON.parse(json)
  return Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)))
}
