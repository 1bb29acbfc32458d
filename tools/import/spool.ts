// Holds the events of a file, compressed on a local disk, until they are sent: so a file is read once, and exactly
// what was checked is sent.
import { createReadStream, createWriteStream } from 'node:fs'
import { pipeline as piped, Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib'

/** An event's text without a generated id, and its line in the file. */
export type SpooledEvent = { readonly line: number; readonly hasId: boolean; readonly text: string }

const FAST = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/** Fails with errors of writing or of the events. */
export async function writeSpool(path: string, lots: AsyncIterable<readonly SpooledEvent[]>): Promise<void> {
  const lines = async function* () {
    for await (const lot of lots) yield lot.map(lineOf).join('')
  }
  await pipeline(Readable.from(lines()), createZstdCompress(FAST), createWriteStream(path))
}

export async function* readSpool(path: string): AsyncGenerator<readonly SpooledEvent[]> {
  const text = piped(createReadStream(path), createZstdDecompress(), () => {}).setEncoding('utf8')
  let rest = ''
  for await (const piece of text as AsyncIterable<string>) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop()!
    yield lines.map(eventOf)
  }
}

/** The text is JSON, which holds neither tabs nor line ends. */
function lineOf({ line, hasId, text }: SpooledEvent): string {
  return `${line}\t${hasId ? 1 : 0}\t${text}\n`
}

function eventOf(written: string): SpooledEvent {
  const [line, hasId, text] = written.split('\t')
  return { line: Number(line), hasId: hasId === '1', text: text! }
}
