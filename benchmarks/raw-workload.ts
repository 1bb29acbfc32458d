// Raw events as the archive reads them from the log: batches of one source after another, a few late, some twice.
// Made batch by batch, so that memory does not limit their number; the same every time.
import type { Origin, RawBatch, RawEvent } from '../stores/archive/archive.ts'
import { eventType, seededRandom, uuid, zipf } from './random.ts'

export type RawWorkload = { readonly events: number; readonly startMs: number; readonly spanMs: number }

export const HORIZON_MS = 600_000
export const AHEAD_MS = 120_000

const SOURCES = 4
const VIDEOS = 10_000
const VIEWERS = 1_000_000
const COPIES = 0.05
/** A copy comes within this many events of its original. */
const COPY_DISTANCE_MAX = 10_000
const AGE_MS_MAX = 20_000
const LATE = 0.01
export const LATE_MS_MAX = 6 * 3_600_000
const EVENTS_PER_RECORD = 200
/** The most that an archiver stores at once. */
const EVENTS_PER_BATCH = 50_000

type Made = Omit<RawEvent, 'offset' | 'index'>

/** Every SOURCES-th batch is of the same source; late events are in their own lane. */
export function* rawBatches({ events, startMs, spanMs }: RawWorkload): Generator<RawBatch> {
  const random = seededRandom(1)
  const video = zipf(VIDEOS, random)
  const lots = Array.from({ length: SOURCES }, (_, i) => ({
    live: new Lot(`live-${i}`, 'events'),
    late: new Lot(`late-${i}`, 'events-late'),
    recent: [] as Made[],
  }))
  for (let i = 0; i < events; i++) {
    const { live, late, recent } = lots[i % SOURCES]!
    const logTimeMs = startMs + Math.floor((i * spanMs) / events)
    const earlier = random() < COPIES ? recent[Math.floor(random() * COPY_DISTANCE_MAX)] : undefined
    const event = { ...(earlier ?? madeAt(logTimeMs, video(), random)), logTimeMs }
    recent[Math.floor(i / SOURCES) % COPY_DISTANCE_MAX] = event
    const lot = event.timeMs < logTimeMs - HORIZON_MS ? late : live
    const full = lot.add(event)
    if (full !== null) yield full
  }
  for (const { live, late } of lots) for (const lot of [live, late]) if (lot.size > 0) yield lot.take()
}

/** Events that wait to be stored together. */
class Lot {
  readonly #sourceId: string
  readonly #origin: Origin
  #events: RawEvent[] = []
  #taken = 0

  constructor(sourceId: string, origin: Origin) {
    this.#sourceId = sourceId
    this.#origin = origin
  }

  get size(): number {
    return this.#events.length
  }

  /** Returns a batch when it is full. */
  add(event: Made): RawBatch | null {
    const place = this.#taken * EVENTS_PER_BATCH + this.#events.length
    const offset = Math.floor(place / EVENTS_PER_RECORD)
    this.#events.push({ ...event, offset, index: place % EVENTS_PER_RECORD })
    return this.#events.length === EVENTS_PER_BATCH ? this.take() : null
  }

  take(): RawBatch {
    const events = this.#events
    this.#events = []
    this.#taken++
    return {
      sourceId: this.#sourceId,
      origin: this.#origin,
      fromOffset: events[0]!.offset,
      toOffset: events.at(-1)!.offset + 1,
      events,
    }
  }
}

function madeAt(logTimeMs: number, video: number, random: () => number): Made {
  const isLate = random() < LATE
  const ageMs = isLate ? HORIZON_MS + 1 + random() * LATE_MS_MAX : random() * AGE_MS_MAX
  return {
    tenant: '',
    videoId: `video-${video.toString().padStart(5, '0')}`,
    type: eventType(random),
    id: uuid(random),
    timeMs: Math.floor(logTimeMs - ageMs),
    valueThousandths: 1_000 + Math.floor(random() * 600_000),
    viewerId: `viewer-${Math.floor(random() * VIEWERS)}`,
    channelId: `channel-${video % 500}`,
    attributes: video % 2 === 0 ? '{"country":"de","device":"tv"}' : null,
    source: null,
    logTimeMs,
  }
}
