// The text of a file in pieces, unpacked and decoded by what is in it.
import { decodeText } from './decode-text.ts'
import { ReplayFault } from './fault.ts'
import { openBytes } from './open-bytes.ts'

/** UTF-8, or what a byte order mark says, without that. Fails with a ReplayFault that names the file. */
export async function* openText(file: string): AsyncGenerator<string> {
  const opened = await openBytes(file, null)
  if (opened.kind !== 'text') throw new ReplayFault(`${file} is not text`)
  yield* decodeText(file, opened.bytes, null)
}
