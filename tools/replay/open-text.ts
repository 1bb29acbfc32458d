// The text of a file in pieces, unpacked where its name ends in .gz.
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ReplayFault } from './fault.ts'

const PIECE_BYTES = 64 * 1_024

/** UTF-8, without a byte order mark. Fails with a ReplayFault that names the file. */
export async function* openText(file: string): AsyncGenerator<string> {
  const raw = createReadStream(file, { highWaterMark: PIECE_BYTES })
  const stream = file.endsWith('.gz')
    ? pipeline(raw, createGunzip({ chunkSize: PIECE_BYTES }), () => {})
    : raw
  stream.setEncoding('utf8')
  let first = true
  try {
    for await (const piece of stream as AsyncIterable<string>) {
      yield first && piece.startsWith('\ufeff') ? piece.slice(1) : piece
      first = false
    }
  } catch (cause) {
    throw new ReplayFault(`${file} cannot be read: ${(cause as Error).message}`, { cause })
  }
}
