// How much memory the lists of the most counted videos may take.
import { MIB } from '../../lib/byte-units.ts'
import type { SettingsReader } from '../../lib/settings-reader.ts'

const MIB_MAX = { default: 128, least: 4, most: 1 << 20 }

export const TOPS_BYTES_MAX = MIB_MAX.default * MIB

/** In bytes; of the process itself, or of all processes together in Redis. */
export function readTopsBytesMax(read: SettingsReader): number {
  const { default: fallback, ...range } = MIB_MAX
  return read.wholeNumber('TOPS_MIB_MAX', fallback, range) * MIB
}
