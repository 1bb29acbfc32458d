// Reads the settings for the bounds of the front door.

import { MIB } from '../../lib/byte-units.ts'
import { readEventWindow, readRetentionMs } from '../../lib/event-window.ts'
import type { SettingsReader } from '../../lib/settings-reader.ts'
import type { SplitRule } from './hot-videos/split-policy.ts'
import { EVENT_LIMITS, type EventLimits } from './limits.ts'
import { NEW_VIDEOS_PER_MINUTE_MOST } from './new-videos.ts'

/** 0 for no limit. */
const RATE = { least: 0, most: 1e9 }

/** @param newVideosDefault per minute; 0 for no limit */
export function readEventLimits(read: SettingsReader, newVideosDefault = 0): EventLimits {
  const { eventsPerSecondMax, eventsPerSecondPerKeyMax, eventsPerSecondPerAddressMax } = EVENT_LIMITS
  const perSecond = read.wholeNumber('EVENTS_PER_SECOND_MAX', eventsPerSecondMax ?? 0, RATE)
  const perKey = read.wholeNumber('EVENTS_PER_SECOND_PER_KEY_MAX', eventsPerSecondPerKeyMax ?? 0, RATE)
  const perAddress = read.wholeNumber(
    'EVENTS_PER_SECOND_PER_ADDRESS_MAX',
    eventsPerSecondPerAddressMax ?? 0,
    RATE,
  )
  const newVideos = read.wholeNumber('NEW_VIDEOS_PER_MINUTE_MAX', newVideosDefault, {
    least: 0,
    most: NEW_VIDEOS_PER_MINUTE_MOST,
  })
  return {
    ...EVENT_LIMITS,
    ...readEventWindow(read),
    retentionMs: readRetentionMs(read),
    lingerMs: read.wholeNumber('LINGER_MS', EVENT_LIMITS.lingerMs, { least: 0, most: 1_000 }),
    lingerMsMax: read.wholeNumber('ADAPTIVE_LINGER_MS', EVENT_LIMITS.lingerMsMax, { least: 0, most: 1_000 }),
    inFlightBytesMax: read.wholeNumber('IN_FLIGHT_MIB_MAX', 64, { least: 1, most: 4_096 }) * MIB,
    eventsPerSecondMax: orNone(perSecond),
    eventsPerSecondPerKeyMax: orNone(perKey),
    eventsPerSecondPerAddressMax: orNone(perAddress),
    newVideosPerMinuteMax: orNone(newVideos),
  }
}

/** Null: no video is split by its rate. */
export function readSplitRule(read: SettingsReader): SplitRule | null {
  const eventsPerSecond = read.wholeNumber('HOT_VIDEO_EVENTS_PER_SECOND', 0, RATE)
  return eventsPerSecond === 0 ? null : { eventsPerSecond }
}

function orNone(rate: number): number | null {
  return rate === 0 ? null : rate
}
