// The text of an event as it is sent, and the generated id of an event without one. Pure.
//
// Equal events have equal texts, however a file writes them: spaces, quotes, the order of columns or keys, and the
// form of times and numbers make no difference. So a generated id does not change when a file is rewritten.
import { hash } from 'node:crypto'
import type { Event } from '../../model/event.ts'

const DIGEST_HEX_CHARS = 32

/** An event of a file; its id is null if the file gives none. */
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

/** A 128-bit digest of a text. Texts of different sets never share one. */
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
