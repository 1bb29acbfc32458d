// Which attributes of events can be asked for: the dimensions.
import type { SettingsReader } from '../../lib/settings-reader.ts'
import { AUTOMATED } from '../../model/automated.ts'
import { DIMENSIONS, FUNCTIONS } from '../query/vocabulary.ts'

const DIMENSIONS_MAX = 12
const DEFAULT_DIMENSIONS = ['country', 'device']
const DIMENSION = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/
const DIMENSION_RULE = 'a letter, then at most 63 of A–Z a–z 0–9 . _ -'
/** What rows of an answer, columns of its table, and other things that rows can be grouped by are called. */
const RESERVED: readonly string[] = [
  ...['videoId', 'channelId', 'eventType', 'function', 'startTime', 'endTime', 'value', 'isOther'],
  ...['asOf', 'complete', 'reconciled', 'stale', 'utcDaysBefore', 'utcHoursBefore', 'time', 'period'],
  ...[...DIMENSIONS, ...FUNCTIONS],
]

/** What events are stamped with by the front door can be asked for in any case. */
export function readDimensions(read: SettingsReader): readonly string[] {
  const declared = read.parsed('DIMENSIONS', parseDimensions, DEFAULT_DIMENSIONS)
  return declared.includes(AUTOMATED) ? declared : [...declared, AUTOMATED]
}

/** Fails with an Error that names every fault. */
function parseDimensions(setting: string | undefined): readonly string[] {
  if (setting === undefined) return DEFAULT_DIMENSIONS
  const names = setting.split(',').map((name) => name.trim())
  const faults = names.flatMap((name, i) => faultOf(name, names.indexOf(name) < i) ?? [])
  if (names.length > DIMENSIONS_MAX)
    faults.push(`at most ${DIMENSIONS_MAX} may be declared, not ${names.length}`)
  if (faults.length > 0) throw new Error(faults.join('; '))
  return names
}

function faultOf(name: string, isRepeated: boolean): string | null {
  const shown = JSON.stringify(name)
  if (!DIMENSION.test(name)) return `${shown} must be the name of an attribute: ${DIMENSION_RULE}`
  if (RESERVED.includes(name))
    return `${shown} cannot be declared: answers have a field or column of that name`
  return isRepeated ? `${shown} is declared twice` : null
}
