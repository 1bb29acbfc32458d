// Which partition an event goes to: a pure function of the event and of the layout that its own minute
// selects (law 5).
import { minuteOf } from './bucket.ts'
import type { Event } from './event.ts'
import type { Layout } from './layout.ts'
import { kafkaPartition, murmur2, toPositive } from './murmur2.ts'

export type Routed = Pick<Event, 'tenant' | 'videoId' | 'id' | 'channelId' | 'timeMs'>

type Range = { readonly first: number; readonly count: number }

/** Longer keys are hashed from a buffer made for them. */
const SCRATCH_BYTES = 512
const ASCII_MAX = 0x7f
/** Written and read within one synchronous call. */
const scratch = Buffer.alloc(SCRATCH_BYTES)
/** Most events are of the same minute as the one before: how its route key ends. */
let lastMinute = -1
let lastEnding = ':-1'

/**
 * The partition of an event. `layouts` has at least one, oldest first; an event from before the first uses the first.
 *
 * The partition is that of a plain Kafka producer for the key `routeKey`, within the shared partitions or those of
 * the event's channel. A split video uses as many partitions, from there on, as it has parts; the hash of the event
 * id decides which one. That is murmur2 too, so that a producer needs only one hash function.
 */
export function route(layouts: readonly Layout[], event: Routed): number {
  const minute = minuteOf(event.timeMs)
  const layout = layoutAt(layouts, minute)
  const { first, count } = rangeOf(layout, event)
  const base = keyPartition(event, minute, count)
  const ways = Math.min(waysOf(layout, event), count)
  if (ways === 1) return first + base
  return first + ((base + partitionOf(event.id, ways)) % count)
}

/**
 * Whether an event that arrives in time takes the overload lane: this depends on its own minute, not on its arrival.
 */
export function overflows(layouts: readonly Layout[], { timeMs }: Pick<Event, 'timeMs'>): boolean {
  return layoutAt(layouts, minuteOf(timeMs)).overflow === true
}

/** The text that is hashed: `video:minute`, after `tenant/` if there is a tenant. */
export function routeKey({ tenant, videoId }: Pick<Event, 'tenant' | 'videoId'>, minute: number): string {
  return tenant === '' ? `${videoId}:${minute}` : `${tenant}/${videoId}:${minute}`
}

/** How a layout names a video (in splits) or a channel (in dedicated). */
export function layoutKey(tenant: string, name: string): string {
  return tenant === '' ? name : `${tenant}/${name}`
}

/** The newest layout in force at a minute. */
export function layoutAt(layouts: readonly Layout[], minute: number): Layout {
  for (let i = layouts.length - 1; i > 0; i--) {
    if (layouts[i]!.fromMinute <= minute) return layouts[i]!
  }
  return layouts[0]!
}

function rangeOf({ partitions, dedicated }: Layout, { tenant, channelId }: Routed): Range {
  const own =
    channelId === null || dedicated.size === 0 ? undefined : dedicated.get(layoutKey(tenant, channelId))
  return own ?? { first: 0, count: partitions }
}

function waysOf({ splits }: Layout, { tenant, videoId }: Routed): number {
  return splits.size === 0 ? 1 : (splits.get(layoutKey(tenant, videoId)) ?? 1)
}

/** `partitionOf(routeKey(…))`, without making the text: this runs once for every event. */
function keyPartition(event: Routed, minute: number, partitions: number): number {
  const { tenant, videoId } = event
  if (minute !== lastMinute) {
    lastMinute = minute
    lastEnding = `:${minute}`
  }
  if (tenant !== '' || videoId.length + lastEnding.length > SCRATCH_BYTES) {
    return partitionOf(routeKey(event, minute), partitions)
  }
  const end = writeAscii(videoId, 0)
  if (end < 0) return partitionOf(routeKey(event, minute), partitions)
  return toPositive(murmur2(scratch, 0, writeAscii(lastEnding, end))) % partitions
}

/** `kafkaPartition` of a text's UTF-8 bytes. */
function partitionOf(text: string, partitions: number): number {
  const end = text.length > SCRATCH_BYTES ? -1 : writeAscii(text, 0)
  if (end < 0) return kafkaPartition(Buffer.from(text), partitions)
  return toPositive(murmur2(scratch, 0, end)) % partitions
}

/** Writes the text to the scratch buffer and returns where it ends there; -1 if it is not ASCII. */
function writeAscii(text: string, start: number): number {
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i)
    if (char > ASCII_MAX) return -1
    scratch[start + i] = char
  }
  return start + text.length
}
