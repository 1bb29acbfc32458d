// How long counts are kept at each resolution.

import { DAY_MS } from '../model/bucket.ts'
import type { CountRetention } from '../model/retention.ts'
import type { SettingsReader } from './settings-reader.ts'

const DAYS_MAX = 7_000 // what Cassandra can count down from

/** Days are kept for ever. */
export function readCountRetention(read: SettingsReader): CountRetention {
  const minutesDays = read.wholeNumber('MINUTES_DAYS', 14, { least: 3, most: DAYS_MAX - 1 })
  const least = minutesDays + 1
  const hoursDays = read.wholeNumber('HOURS_DAYS', Math.max(400, least), { least, most: DAYS_MAX })
  return { minutesMs: minutesDays * DAY_MS, hoursMs: hoursDays * DAY_MS }
}
