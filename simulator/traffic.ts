// What clients send, and what else finds its way into the log.
import { RecordBuilder } from '../schemas/record.ts'
import type { Random } from './random.ts'
import type { SentEvent } from './senders.ts'
import type { WorldSettings } from './settings.ts'

export type Send = { readonly atMs: number; readonly events: readonly SentEvent[] }

/** All that clients will send, in order of time; copies are sends of their own. */
export function drawTraffic(random: Random, settings: WorldSettings, startMs: number): Send[] {
  const sends: Send[] = []
  let made = 0
  while (made < settings.events) {
    const atMs = startMs + random.int(0, settings.trafficMs)
    const events = Array.from({ length: random.int(1, 5) }, () => drawEvent(random, settings, made++, atMs))
    sends.push({ atMs, events })
    while (random.chance(settings.duplicates)) {
      sends.push({ atMs: atMs + random.delayMs(5_000, settings.driver.horizonMs * 1.5), events })
    }
  }
  return sends.sort((a, b) => a.atMs - b.atMs)
}

function drawEvent(random: Random, settings: WorldSettings, number: number, atMs: number): SentEvent {
  const { lateness, driver, aheadMs, videos } = settings
  const ageMs = random.chance(lateness)
    ? random.int(0, Math.ceil(driver.horizonMs * 1.5))
    : random.int(-aheadMs, 3_000)
  const event = {
    id: `e${number}`,
    videoId: `v${random.int(1, videos)}`,
    type: random.chance(0.8) ? 'view' : 'like',
    time: atMs - ageMs,
  }
  return random.chance(0.5) ? { ...event, value: random.int(-3_000, 3_000) / 1000 } : event
}

/** A record that no partitioner of ours made: noise, a good record with a broken byte, or an event from far ahead. */
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
