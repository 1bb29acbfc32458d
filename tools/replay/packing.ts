// Detects the compression of a file by its first bytes, because names are unreliable (`.GZ`, a pipe, no name). Pure.

export type Packing = 'gzip' | 'zstd' | 'parquet' | 'plain'

const MAGIC: readonly (readonly [Packing, string])[] = [
  ['gzip', '1f8b'],
  ['zstd', '28b52ffd'],
  ['parquet', '50415231'],
]
/** Recognised for the error message, but not decompressed here. */
const FOREIGN: readonly (readonly [string, string])[] = [
  ['zip', '504b0304'],
  ['bzip2', '425a68'],
  ['xz', 'fd377a585a'],
  ['lz4', '04224d18'],
  ['7z', '377abcaf271c'],
]
/** The length of the longest signature. */
export const MAGIC_BYTES = 6

export function packingOf(start: Buffer): Packing {
  const hex = start.toString('hex', 0, MAGIC_BYTES)
  return MAGIC.find(([, magic]) => hex.startsWith(magic))?.[0] ?? 'plain'
}

/** The name of an unsupported compression; null for all others. */
export function foreignPackingOf(start: Buffer): string | null {
  const hex = start.toString('hex', 0, MAGIC_BYTES)
  return FOREIGN.find(([, magic]) => hex.startsWith(magic))?.[0] ?? null
}
