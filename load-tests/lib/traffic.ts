// The events of a request. Everything about an event but its time follows from the number of its iteration:
// which video, which type, which value. Popular videos get more; nine of ten events are views. Pure.
import { EVENT_TYPES, minuteIndex, type Run, videoId } from './names.ts'

export type Batch = {
  readonly body: string
  /** The key of each event: number of the video × types + number of the type. */
  readonly keys: readonly number[]
  readonly minutes: readonly number[]
  readonly thousandths: readonly number[]
}

export type BatchOrder = {
  readonly run: Run
  /** Unique within the run. */
  readonly name: string
  /** Unique among the requests of that name. */
  readonly iteration: number
  readonly events: number
  readonly videos: number
  readonly nowMs: number
  /** The additional share of events for video 0. */
  readonly viralShare?: number
}

const VALUE_THOUSANDTHS_MAX = 600_000
const TYPE_BOUNDS = [0.9, 0.96, 0.98, 1]
/** The time between the captures of consecutive events. */
const CAPTURED_APART_MS = 5
const UINT32 = 2 ** 32
const THOUSAND = 1_000
const [TYPE_SALT, VALUE_SALT, VIRAL_SALT] = [0x5bd1e995, 0x27d4eb2f, 0x165667b1]

export function batchOf(order: BatchOrder): Batch {
  const { run, name, iteration, events, videos, nowMs, viralShare = 0 } = order
  const batch = {
    keys: [] as number[],
    minutes: [] as number[],
    thousandths: [] as number[],
    parts: [] as string[],
  }
  for (let i = 0; i < events; i++) {
    const seed = mixed(iteration * events + i)
    const video = shareOf(seed ^ VIRAL_SALT) < viralShare ? 0 : Math.floor(videos * shareOf(seed) ** 2)
    const type = typeOf(shareOf(seed ^ TYPE_SALT))
    const thousandths = mixed(seed ^ VALUE_SALT) % VALUE_THOUSANDTHS_MAX
    const timeMs = nowMs - i * CAPTURED_APART_MS
    batch.keys.push(video * EVENT_TYPES.length + type)
    batch.minutes.push(minuteIndex(run, timeMs))
    batch.thousandths.push(thousandths)
    batch.parts.push(
      `{"id":"${run.name}-${name}-${iteration}-${i}","videoId":"${videoId(run, video)}",` +
        `"type":"${EVENT_TYPES[type]}","time":${timeMs},"value":${decimal(thousandths)}}`,
    )
  }
  const { parts, ...columns } = batch
  return { ...columns, body: `[${parts.join(',')}]` }
}

function typeOf(share: number): number {
  return TYPE_BOUNDS.findIndex((bound) => share < bound)
}

function shareOf(number: number): number {
  return mixed(number) / UINT32
}

/** Murmur3's finalizer: spreads neighbouring numbers. */
function mixed(number: number): number {
  let hash = number >>> 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

function decimal(thousandths: number): string {
  return `${Math.floor(thousandths / THOUSAND)}.${String(thousandths % THOUSAND).padStart(3, '0')}`
}
