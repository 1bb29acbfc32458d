// Reads the settings for the bounds of the front door.

import { MIB } from '../../lib/byte-units.ts'
import { readEventWindow, readRetentionMs } from '../../lib/event-window.ts'
import type { SettingsReader } from '../../lib/settings-reader.ts'
import { EVENT_LIMITS, type EventLimits } from './limits.ts'
import { NEW_VIDEOS_PER_MINUTE_MOST } from './new-videos.ts'

/** @param newVideosDefault per minute; 0 for no limit */
export function readEventLimits(read: SettingsReader, newVideosDefault = 0): EventLimits {
  const rate = (name: string, fallback: number | null) => {
    const perSecond = read.wholeNumber(name, fallback ?? 0, { least: 0, most: 1e9 })
    return perSecond === 0 ? null : perSecond
  }
  const newVideos = read.wholeNumber('NEW_VIDEOS_PER_MINUTE_MAX', newVideosDefault, {
    least: 0,
    most: NEW_VIDEOS_PER_MINUTE_MOST,
  })
  return {
    ...EVENT_LIMITS,
    ...readEventWindow(read),
    retentionMs: readRetentionMs(read),
    lingerMs: read.wholeNumber('LINGER_MS', EVENT_LIMITS.lingerMs, { least: 0, most: 1_000 }),
    inFlightBytesMax: read.wholeNumber('IN_FLIGHT_MIB_MAX', 64, { least: 1, most: 4_096 }) * MIB,
    eventsPerSecondMax: rate('EVENTS_PER_SECOND_MAX', EVENT_LIMITS.eventsPerSecondMax),
    eventsPerSecondPerKeyMax: rate('EVENTS_PER_SECOND_PER_KEY_MAX', EVENT_LIMITS.eventsPerSecondPerKeyMax),
    eventsPerSecondPerAddressMax: rate(
      'EVENTS_PER_SECOND_PER_ADDRESS_MAX',
      EVENT_LIMITS.eventsPerSecondPerAddressMax,
    ),
    newVideosPerMinuteMax: newVideos === 0 ? null : newVideos,
  }
}
