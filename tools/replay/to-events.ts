// Turns rows into events: which events a row means, with which ids and times. Pure.
import type { TallyEvent } from '../../sdk/src/index.ts'
import type { Layout } from './columns.ts'
import type { Row } from './row.ts'

export type Span = { readonly firstMs: number; readonly lastMs: number }

/** Maps the times of `from` linearly onto those of `to`; an empty span maps to the end. */
export function rebase(from: Span, to: Span): (timeMs: number) => number {
  const lengthMs = from.lastMs - from.firstMs
  if (lengthMs === 0) return () => to.lastMs
  const scale = (to.lastMs - to.firstMs) / lengthMs
  return (timeMs) => Math.floor(to.firstMs + (timeMs - from.firstMs) * scale)
}

const LIKED = 5
const DISLIKED_MAX = 1

/**
 * The events of a row. Their ids are the row's own, or made from its line; `prefix` is put before every id and video
 * id, so that one server can take the same file twice.
 */
export function toEvents(
  row: Row,
  rule: Layout['rule'],
  timeOf: (timeMs: number) => number,
  prefix: string,
): TallyEvent[] {
  const id = prefix + (row.id ?? `r${row.line}`)
  const videoId = prefix + row.videoId
  const time = timeOf(row.timeMs)
  const { value, viewerId, channelId, attributes } = row
  const who = {
    ...(viewerId !== undefined && { viewerId }),
    ...(channelId !== undefined && { channelId }),
    ...(attributes !== undefined && { attributes }),
  }
  const what = value === undefined ? undefined : { value }
  if (rule === 'plain') return [{ id, videoId, type: row.type, time, ...what, ...who }]
  const event = (type: string) => ({ id: `${id}-${type}`, videoId, type, time, ...who })
  return [{ ...event('view'), ...what }, ...opinionsOf(value).map(event)]
}

/** The event types that a rating adds to the view. */
export function opinionsOf(rating: number | undefined): ('like' | 'dislike')[] {
  if (rating === undefined) return []
  if (rating === LIKED) return ['like']
  return rating <= DISLIKED_MAX ? ['dislike'] : []
}
