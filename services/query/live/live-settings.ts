// The settings for live connections.

import type { SettingsReader } from '../../../lib/settings-reader.ts'
import { LIVE_LIMITS, type LiveLimits } from './live-limits.ts'

export function readLiveLimits(read: SettingsReader): LiveLimits {
  const { connectionsMax, connectionsPerAddressMax, seriesPerConnectionMax } = LIVE_LIMITS
  const range = { least: 1, most: 100_000 }
  return {
    ...LIVE_LIMITS,
    connectionsMax: read.wholeNumber('LIVE_CONNECTIONS_MAX', connectionsMax, range),
    connectionsPerAddressMax: read.wholeNumber(
      'LIVE_CONNECTIONS_PER_ADDRESS_MAX',
      connectionsPerAddressMax,
      range,
    ),
    seriesPerConnectionMax: read.wholeNumber('LIVE_SERIES_MAX', seriesPerConnectionMax, {
      least: 1,
      most: 1_000,
    }),
  }
}
