// Which attributes of events can be asked for: the dimensions. The front door fills those of them that it knows.
import { AUTOMATED } from '../model/automated.ts'
import type { SettingsReader } from './settings-reader.ts'

const DIMENSIONS_MAX = 12
const DEFAULT_DIMENSIONS = ['country', 'device', 'browser', 'referrer']
const DIMENSION = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/
const DIMENSION_RULE = 'a letter, then at most 63 of A–Z a–z 0–9 . _ -'

/**
 * What events are stamped with by the front door can be asked for in any case.
 * @param reserved what answers use for something else
 */
export function readDimensions(read: SettingsReader, reserved: readonly string[] = []): readonly string[] {
  const parse = (setting: string | undefined) => parseDimensions(setting, reserved)
  const declared = read.parsed('DIMENSIONS', parse, DEFAULT_DIMENSIONS)
  return declared.includes(AUTOMATED) ? declared : [...declared, AUTOMATED]
}

/** Fails with an Error that names every fault. */
function parseDimensions(setting: string | undefined, reserved: readonly string[]): readonly string[] {
  if (setting === undefined) return DEFAULT_DIMENSIONS
  const names = setting.split(',').map((name) => name.trim())
  const faults = names.flatMap((name, i) => faultOf(name, names.indexOf(name) < i, reserved) ?? [])
  if (names.length > DIMENSIONS_MAX)
    faults.push(`at most ${DIMENSIONS_MAX} may be declared, not ${names.length}`)
  if (faults.length > 0) throw new Error(faults.join('; '))
  return names
}

function faultOf(name: string, isRepeated: boolean, reserved: readonly string[]): string | null {
  const shown = JSON.stringify(name)
  if (!DIMENSION.test(name)) return `${shown} must be the name of an attribute: ${DIMENSION_RULE}`
  if (reserved.includes(name))
    return `${shown} cannot be declared: answers have a field or column of that name`
  return isRepeated ? `${shown} is declared twice` : null
}
