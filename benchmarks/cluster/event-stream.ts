// The events that every contender counts: the same seed always gives the same events.
import type { Event } from '../../model/event.ts'
import { eventType, seededRandom, uuid, zipf } from '../random.ts'

export type StreamOptions = {
  /** Copies included. */
  readonly events: number
  /** The first event's time, epoch ms; the times of the others rise evenly over SPAN_MS. */
  readonly startMs: number
  readonly seed: number
  /** Makes what draws the video of each event; by default 10,000 videos by Zipf's law. */
  readonly videos?: (random: () => number) => () => number
}

export type Sent = { readonly event: Event; readonly isCopy: boolean }

export const SPAN_MS = 300_000
const VIDEOS = 10_000
const COPIES = 0.05
/** A copy comes within this many events of its original. */
const COPY_DISTANCE_MAX = 10_000
const VALUE_THOUSANDTHS_MAX = 600_000

const popular = (random: () => number) => zipf(VIDEOS, random)

export function* eventStream({ events, startMs, seed, videos = popular }: StreamOptions): Generator<Sent> {
  const random = seededRandom(seed)
  const video = videos(random)
  const recent: Event[] = []
  for (let i = 0; i < events; i++) {
    const earlier = recent[Math.floor(random() * COPY_DISTANCE_MAX)]
    const isCopy = random() < COPIES && earlier !== undefined
    const event = isCopy ? earlier : newEvent(startMs + Math.floor((i * SPAN_MS) / events), video(), random)
    recent[i % COPY_DISTANCE_MAX] = event
    yield { event, isCopy }
  }
}

function newEvent(timeMs: number, video: number, random: () => number): Event {
  return {
    tenant: '',
    videoId: `video-${video.toString().padStart(16, '0')}`,
    type: eventType(random),
    id: uuid(random),
    timeMs,
    valueThousandths: Math.floor(random() * VALUE_THOUSANDTHS_MAX),
    viewerId: null,
    channelId: null,
    attributes: null,
    source: null,
  }
}
