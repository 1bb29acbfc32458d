// What clients send, and what else gets into the log.
import { RecordBuilder } from '../schemas/record.ts'
import { videosHashedTo } from './hostile-names.ts'
import type { Random } from './random.ts'
import { CLIENT_TENANTS, type EventName, eventName } from './reference.ts'
import type { SentEvent } from './senders.ts'
import { VIDEOS_MAX, type WorldSettings } from './settings.ts'

/** Videos of each tenant that collide under a public hash. */
const HOSTILE_VIDEOS = new Map(
  CLIENT_TENANTS.map((tenant) => [tenant, videosHashedTo(0x7a11, tenant, VIDEOS_MAX)]),
)

/** CloudEvents of two sources among plain events, all with the same ids. */
const SOURCES = [null, null, '/a', '/b']

export type Send = { readonly atMs: number; readonly events: readonly SentEvent[] }

/** Everything that clients will send, in order of time; copies are separate sends. */
export function drawTraffic(random: Random, settings: WorldSettings, startMs: number): Send[] {
  const sends: Send[] = []
  const draw = new EventDraw(random, settings)
  let made = 0
  while (made < settings.events) {
    const atMs = startMs + random.int(0, settings.trafficMs)
    const tenant = random.pick(settings.hostileNames ? CLIENT_TENANTS : [''])
    const source = random.pick(settings.hostileNames ? SOURCES : [null])
    const events = Array.from({ length: random.int(1, 5) }, () => draw.event(tenant, source, made++, atMs))
    sends.push({ atMs, events })
    while (random.chance(settings.duplicates)) {
      sends.push({ atMs: atMs + random.delayMs(5_000, settings.driver.horizonMs * 1.5), events })
    }
  }
  return sends.sort((a, b) => a.atMs - b.atMs)
}

class EventDraw {
  readonly #random: Random
  readonly #settings: WorldSettings
  /** The last predictable id, by the rest of the event's name. */
  readonly #counters = new Map<string, number>()

  constructor(random: Random, settings: WorldSettings) {
    this.#random = random
    this.#settings = settings
  }

  event(tenant: string, source: string | null, number: number, atMs: number): SentEvent {
    const { lateness, driver, aheadMs, videos, hostileNames, upgrade } = this.#settings
    const random = this.#random
    const ageMs = random.chance(lateness)
      ? random.int(0, Math.ceil(driver.horizonMs * 1.5))
      : random.int(-aheadMs, 3_000)
    const place = random.int(1, videos)
    const videoId = hostileNames ? HOSTILE_VIDEOS.get(tenant)![place - 1]! : `v${place}`
    const type = random.chance(hostileNames ? 0.5 : 0.8) ? 'view' : 'like'
    const time = atMs - ageMs
    const id = hostileNames ? this.#nextId({ tenant, videoId, type, timeMs: time, source }) : `e${number}`
    const event = { tenant, id, source, videoId, type, time }
    // Where events of several sources may be copies of each other, as before the upgrade, they must be alike.
    if (upgrade) return { ...event, value: 1 }
    return random.chance(0.5) ? { ...event, value: random.int(-3_000, 3_000) / 1000 } : event
  }

  /** 1, 2, 3 and so on for each video, type, minute and source: all names differ, although ids repeat. */
  #nextId(about: Omit<EventName, 'id'>): string {
    const key = eventName({ ...about, id: '' })
    const next = (this.#counters.get(key) ?? 0) + 1
    this.#counters.set(key, next)
    return String(next)
  }
}

/** A record that no partitioner made: noise, a valid record with a broken byte, or an event from far ahead. */
export function drawPoison(random: Random, nowMs: number): Uint8Array {
  if (random.chance(0.3)) return Uint8Array.from({ length: random.int(0, 40) }, () => random.int(0, 255))
  const builder = new RecordBuilder()
  const far = random.chance(0.3)
  for (let i = random.int(1, 3); i > 0; i--) {
    builder.add({
      tenant: 'foreign',
      videoId: 'v1',
      type: 'view',
      id: `poison${random.int(0, 1e9)}`,
      timeMs: nowMs + (far ? 1e10 : 0),
      valueThousandths: null,
      viewerId: null,
      channelId: null,
      attributes: null,
      source: null,
    })
  }
  const bytes = builder.finish()
  if (!far) {
    const at = random.int(0, bytes.length - 1)
    bytes[at] = bytes[at]! ^ (1 << random.int(0, 7))
  }
  return bytes
}
