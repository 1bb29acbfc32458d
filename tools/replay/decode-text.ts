// Decodes bytes strictly: an invalid byte is a fault with its position, and never becomes U+FFFD. A byte order mark
// at the very beginning selects the encoding and is not content; anywhere else U+FEFF is content.
import { isUtf8 } from 'node:buffer'
import { Fault } from '../../lib/fault.ts'

type Mark = { readonly bytes: string; readonly encoding: string }

const MARKS: readonly Mark[] = [
  { bytes: 'efbbbf', encoding: 'utf-8' },
  { bytes: 'fffe', encoding: 'utf-16le' },
  { bytes: 'feff', encoding: 'utf-16be' },
]
const MARK_BYTES_MAX = 3
/** Encodings other than UTF-8 are decoded in small steps, so that a fault has a position. */
const STEP_BYTES = 256
const SHOWN_BYTES = 4

/** The WHATWG Encoding Standard's name of an encoding; null if unknown. */
export function encodingOf(label: string): string | null {
  try {
    return new TextDecoder(label).encoding
  } catch {
    return null
  }
}

/**
 * @param encoding null: UTF-8, or what a byte order mark says
 * Fails with a Fault that names the line.
 */
export async function* decodeText(
  file: string,
  bytes: AsyncIterable<Buffer>,
  encoding: string | null,
): AsyncGenerator<string> {
  let decoder: Decoder | null = null
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of bytes) {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    if (decoder === null && rest.length < MARK_BYTES_MAX) continue
    if (decoder === null) [decoder, rest] = begun(file, rest, encoding)
    yield decoder.push(rest)
    rest = Buffer.alloc(0)
  }
  if (decoder === null) [decoder, rest] = begun(file, rest, encoding)
  yield decoder.push(rest) + decoder.end()
}

/** The decoder for a text that begins like this, and the bytes without the mark. */
function begun(file: string, start: Buffer, encoding: string | null): [Decoder, Buffer] {
  const mark = markOf(start, encoding)
  const decoder = decoderOf(file, encoding ?? mark?.encoding ?? 'utf-8')
  return [decoder, start.subarray((mark?.bytes.length ?? 0) / 2)]
}

/** Null also if another encoding was requested: then the bytes are content. */
function markOf(start: Buffer, encoding: string | null): Mark | null {
  const hex = start.toString('hex', 0, MARK_BYTES_MAX)
  const mark = MARKS.find(({ bytes }) => hex.startsWith(bytes)) ?? null
  return encoding === null || mark?.encoding === encoding ? mark : null
}

type Decoder = { push(bytes: Buffer): string; end(): string }

function decoderOf(file: string, encoding: string): Decoder {
  return encoding === 'utf-8' ? new Utf8Decoder(file) : new OtherDecoder(file, encoding)
}

class Utf8Decoder implements Decoder {
  readonly #file: string
  readonly #place = new Place()
  #rest: Buffer = Buffer.alloc(0)

  constructor(file: string) {
    this.#file = file
  }

  push(bytes: Buffer): string {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    const end = all.length - unfinishedBytes(all)
    this.#rest = all.subarray(end)
    return this.#decoded(all.subarray(0, end))
  }

  end(): string {
    return this.#decoded(this.#rest)
  }

  #decoded(whole: Buffer): string {
    if (isUtf8(whole)) {
      const text = whole.toString('utf8')
      this.#place.pass(text)
      return text
    }
    const at = validBytes(whole)
    this.#place.pass(whole.toString('utf8', 0, at))
    const shown = whole.toString('hex', at, at + SHOWN_BYTES).replaceAll(/..(?=.)/g, '$& ')
    throw new Fault(
      `${this.#file}: line ${this.#place.line}, column ${this.#place.column}: the bytes ${shown} are not UTF-8. ` +
        'Say how the text is written: --encoding windows-1252, say.',
    )
  }
}

class OtherDecoder implements Decoder {
  readonly #file: string
  readonly #encoding: string
  readonly #decoder: TextDecoder
  readonly #place = new Place()

  constructor(file: string, encoding: string) {
    this.#file = file
    this.#encoding = encoding
    this.#decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true })
  }

  push(bytes: Buffer): string {
    let text = ''
    for (let at = 0; at < bytes.length; at += STEP_BYTES)
      text += this.#step(bytes.subarray(at, at + STEP_BYTES))
    return text
  }

  end(): string {
    return this.#step(null)
  }

  #step(bytes: Buffer | null): string {
    try {
      const text = bytes === null ? this.#decoder.decode() : this.#decoder.decode(bytes, { stream: true })
      this.#place.pass(text)
      return text
    } catch (cause) {
      const shown = bytes === null ? '' : new TextDecoder(this.#encoding).decode(bytes)
      this.#place.pass(shown.slice(0, shown.indexOf('\ufffd') + 1))
      throw new Fault(`${this.#file}: line ${this.#place.line}: this is not ${this.#encoding}`, {
        cause,
      })
    }
  }
}

/** The position of the next character, from 1; columns are code points. */
class Place {
  line = 1
  column = 1

  pass(text: string): void {
    let lineStart = 0
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) {
      this.line++
      this.column = 1
      lineStart = at + 1
    }
    let units = text.length - lineStart
    for (let at = lineStart; at < text.length; at++) if ((text.charCodeAt(at) & 0xfc00) === 0xdc00) units--
    this.column += units
  }
}

/** How many bytes at the end begin an incomplete character. */
function unfinishedBytes(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!
    if ((byte & 0xc0) === 0x80) continue
    const wanted = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return wanted > back ? back : 0
  }
  return 0
}

/** How many bytes at the beginning are valid. */
function validBytes(bytes: Buffer): number {
  const isCharacter = (at: number, length: number) =>
    at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length))
  for (let at = 0; ; ) {
    const length = [1, 2, 3, 4].find((some) => isCharacter(at, some))
    if (length === undefined) return at
    at += length
  }
}
