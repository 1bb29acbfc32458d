// The entries of a database as files of bounded size: for each entry the lengths of key and value, then both;
// compressed as a whole.
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'
import type { Entry } from '../disk/database-copy.ts'

/** Of a part before it is compressed; an entry that is larger makes a part of its own. */
const PART_BYTES_MAX = 4 << 20
const LENGTHS_BYTES = 8
const FASTEST = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }
const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

export async function* partsOf(lots: AsyncIterable<readonly Entry[]>): AsyncGenerator<Uint8Array> {
  let pieces: Uint8Array[] = []
  let bytes = 0
  for await (const lot of lots) {
    for (const [key, value] of lot) {
      const lengths = Buffer.allocUnsafe(LENGTHS_BYTES)
      lengths.writeUInt32LE(key.length, 0)
      lengths.writeUInt32LE(value.length, 4)
      pieces.push(lengths, key, value)
      bytes += LENGTHS_BYTES + key.length + value.length
      if (bytes < PART_BYTES_MAX) continue
      yield await compress(Buffer.concat(pieces), FASTEST)
      pieces = []
      bytes = 0
    }
  }
  if (bytes > 0) yield await compress(Buffer.concat(pieces), FASTEST)
}

export async function entriesOf(part: Uint8Array): Promise<readonly Entry[]> {
  const bytes = await decompress(part)
  const entries: Entry[] = []
  for (let at = 0; at < bytes.length; ) {
    const keyAt = at + LENGTHS_BYTES
    const valueAt = keyAt + bytes.readUInt32LE(at)
    const end = valueAt + bytes.readUInt32LE(at + 4)
    entries.push([bytes.subarray(keyAt, valueAt), bytes.subarray(valueAt, end)])
    at = end
  }
  return entries
}
