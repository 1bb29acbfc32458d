// The text of a file in pieces, decompressed and decoded according to its content.
import { decodeText } from './decode-text.ts'
import { ReplayFault } from './fault.ts'
import { openBytes } from './open-bytes.ts'

/** UTF-8, or the encoding of a byte order mark, which is removed. Fails with a ReplayFault that names the file. */
export async function* openText(file: string): AsyncGenerator<string> {
  const opened = await openBytes(file, null)
  if (opened.kind !== 'text') throw new ReplayFault(`${file} is not text`)
  yield* decodeText(file, opened.bytes, null)
}
