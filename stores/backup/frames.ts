// Files in one stream of bytes: for each a line of JSON with its path and length, then its content.
import { Fault } from '../../lib/fault.ts'
import { jsonValue } from '../../lib/json-value.ts'
import { isKey } from '../objects/object-key.ts'

const LINE_BYTES_MAX = 4_096
const NEWLINE = 0x0a

export type Frame = {
  readonly path: string
  readonly bytes: number
  /** To be read to its end before the next frame is asked for. */
  readonly content: AsyncIterable<Uint8Array>
}

export function frameLine(path: string, bytes: number): Buffer {
  return Buffer.from(`${JSON.stringify({ path, bytes })}\n`)
}

/** Fails with a Fault where the bytes are not frames, or end within one. */
export async function* readFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  const reader = new ByteReader(chunks)
  while (true) {
    const line = await reader.line()
    if (line === null) return
    const frame = jsonValue(line) as { path?: unknown; bytes?: unknown } | undefined
    const { path, bytes } = frame ?? {}
    if (typeof path !== 'string' || !isKey(path) || !Number.isSafeInteger(bytes)) {
      throw new Fault(`is not a backup: it sends ${JSON.stringify(line.slice(0, 100))}`)
    }
    yield { path, bytes: bytes as number, content: reader.take(bytes as number) }
  }
}

class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>
  #rest: Uint8Array = new Uint8Array(0)

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** Without its end; null where nothing follows. */
  async line(): Promise<string | null> {
    while (true) {
      const end = this.#rest.indexOf(NEWLINE)
      if (end >= 0) {
        const line = Buffer.from(this.#rest.subarray(0, end)).toString()
        this.#rest = this.#rest.subarray(end + 1)
        return line
      }
      if (this.#rest.length > LINE_BYTES_MAX) throw new Fault('is not a backup: it sends no files')
      const more = await this.#more()
      if (more === null && this.#rest.length === 0) return null
      if (more === null) throw cutOff()
      this.#rest = Buffer.concat([this.#rest, more])
    }
  }

  async *take(bytes: number): AsyncGenerator<Uint8Array> {
    for (let left = bytes; left > 0; ) {
      if (this.#rest.length === 0) {
        const more = await this.#more()
        if (more === null) throw cutOff()
        this.#rest = more
      }
      const some = this.#rest.subarray(0, left)
      this.#rest = this.#rest.subarray(some.length)
      left -= some.length
      yield some
    }
  }

  async #more(): Promise<Uint8Array | null> {
    const { done, value } = await this.#chunks.next()
    return done === true ? null : value
  }
}

function cutOff(): Fault {
  return new Fault('ended before the backup was whole: look into the log of the server')
}
