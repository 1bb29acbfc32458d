// The bytes of a file or of standard input, decompressed according to their content: gzip, zstd, or neither. Parquet
// needs random access, so it is passed on as a file.
import { createReadStream, createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline as piped, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { Fault } from '../../lib/fault.ts'
import { foreignPackingOf, MAGIC_BYTES, packingOf } from './packing.ts'

export type Opened =
  | { readonly kind: 'text'; readonly bytes: AsyncIterable<Buffer> }
  | { readonly kind: 'parquet'; readonly path: string }

export const STANDARD_INPUT = '-'
const PIECE_BYTES = 64 * 1_024
/** A file may be compressed twice, for example by a server that compresses its answers. */
const PACKINGS_MAX = 2

/**
 * @param file a path, or `-` for standard input
 * @param scratch a directory for Parquet that is not a file of its own; null where Parquet is not read
 * Fails with a Fault that names the file, at once or while it is read.
 */
export async function openBytes(file: string, scratch: string | null): Promise<Opened> {
  const raw = file === STANDARD_INPUT ? process.stdin : createReadStream(file, { highWaterMark: PIECE_BYTES })
  let bytes: AsyncIterable<Buffer> = raw
  let isFile = file !== STANDARD_INPUT
  for (let unpacked = 0; ; unpacked++) {
    const begun = await peeked(file, bytes)
    const packing = packingOf(begun.start)
    const foreign = foreignPackingOf(begun.start)
    if (foreign !== null) throw new Fault(`${file} is packed as ${foreign}: unpack it first`)
    if (packing === 'parquet') {
      if (scratch === null) throw new Fault(`${file} is a Parquet file, which is not read here`)
      if (isFile) raw.destroy()
      return { kind: 'parquet', path: isFile ? file : await spooled(begun.bytes, scratch, file) }
    }
    if (packing === 'plain' || unpacked === PACKINGS_MAX) {
      return { kind: 'text', bytes: named(file, begun.bytes) }
    }
    const options = { chunkSize: PIECE_BYTES }
    const unpack = packing === 'gzip' ? createGunzip(options) : createZstdDecompress(options)
    bytes = piped(Readable.from(begun.bytes), unpack, () => {})
    isFile = false
  }
}

/** The first bytes, and all of them. */
async function peeked(file: string, bytes: AsyncIterable<Buffer>) {
  const iterator = bytes[Symbol.asyncIterator]()
  const seen: Buffer[] = []
  let length = 0
  while (length < MAGIC_BYTES) {
    const next = await iterator.next().catch((cause: Error) => {
      throw unreadable(file, cause)
    })
    if (next.done) break
    seen.push(next.value)
    length += next.value.length
  }
  const start = Buffer.concat(seen)
  async function* all() {
    if (start.length > 0) yield start
    yield* { [Symbol.asyncIterator]: () => iterator }
  }
  return { start, bytes: all() }
}

async function* named(file: string, bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* bytes
  } catch (cause) {
    throw unreadable(file, cause as Error)
  }
}

async function spooled(bytes: AsyncIterable<Buffer>, scratch: string, file: string): Promise<string> {
  const path = join(scratch, 'input.parquet')
  await pipeline(Readable.from(named(file, bytes)), createWriteStream(path))
  return path
}

function unreadable(file: string, cause: Error): Fault {
  return new Fault(`${file} cannot be read: ${cause.message}`, { cause })
}
