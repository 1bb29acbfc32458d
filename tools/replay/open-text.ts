// The text of a file in pieces, decompressed and decoded according to its content.

import { Fault } from '../../lib/fault.ts'
import { decodeText } from './decode-text.ts'
import { openBytes } from './open-bytes.ts'

/** UTF-8, or what a byte order mark says, without that. Fails with a Fault that names the file. */
export async function* openText(file: string): AsyncGenerator<string> {
  const opened = await openBytes(file, null)
  if (opened.kind !== 'text') throw new Fault(`${file} is not text`)
  yield* decodeText(file, opened.bytes, null)
}
