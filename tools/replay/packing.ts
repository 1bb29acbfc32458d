// How the bytes of a file are packed, by what they begin with: names lie (`.GZ`, a pipe, no name at all). Pure.

export type Packing = 'gzip' | 'zstd' | 'parquet' | 'plain'

const MAGIC: readonly (readonly [Packing, string])[] = [
  ['gzip', '1f8b'],
  ['zstd', '28b52ffd'],
  ['parquet', '50415231'],
]
/** Known well enough to say so, but not unpacked here. */
const FOREIGN: readonly (readonly [string, string])[] = [
  ['zip', '504b0304'],
  ['bzip2', '425a68'],
  ['xz', 'fd377a585a'],
  ['lz4', '04224d18'],
  ['7z', '377abcaf271c'],
]
/** As many as the longest of them. */
export const MAGIC_BYTES = 6

export function packingOf(start: Buffer): Packing {
  const hex = start.toString('hex', 0, MAGIC_BYTES)
  return MAGIC.find(([, magic]) => hex.startsWith(magic))?.[0] ?? 'plain'
}

/** The name of a packing that is not read; null for all others. */
export function foreignPackingOf(start: Buffer): string | null {
  const hex = start.toString('hex', 0, MAGIC_BYTES)
  return FOREIGN.find(([, magic]) => hex.startsWith(magic))?.[0] ?? null
}
