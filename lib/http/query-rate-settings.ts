// The settings for the rate of queries.

import type { SettingsReader } from '../settings-reader.ts'
import { QUERY_RATE_SETTINGS, type QueryRateSettings } from './query-rate.ts'

export function readQueryRate(read: SettingsReader): QueryRateSettings {
  const { costPerSecondMax } = QUERY_RATE_SETTINGS
  const range = { least: 0, most: 1e9 }
  const perSecond = read.wholeNumber('QUERY_COST_PER_SECOND_MAX', costPerSecondMax ?? 0, range)
  return { costPerSecondMax: perSecond === 0 ? null : perSecond }
}
