// An answer as text, to be kept, and read back without a digit lost.

import { exactNumber } from '../../lib/exact-number.ts'
import { Turns } from '../../lib/turns.ts'
import { jsonPieces } from './json-pieces.ts'

/** Some milliseconds of writing. */
const TURN_CHARS_MAX = 256 << 10

/** UTF-8; null where it would be longer than `bytesMax`, about. */
export async function answerBytes(answer: object, bytesMax: number): Promise<Buffer | null> {
  const turns = new Turns(TURN_CHARS_MAX)
  const pieces: string[] = []
  let chars = 0
  for (const piece of jsonPieces(answer)) {
    chars += piece.length
    if (chars > bytesMax) return null
    pieces.push(piece)
    await turns.after(piece.length)
  }
  return Buffer.from(pieces.join(''))
}

/** Null for bytes that are none. Numbers keep the digits that they were written with. */
export function readAnswer<T>(bytes: Uint8Array): T | null {
  try {
    return parse(Buffer.from(bytes).toString(), (_key, value, { source }) =>
      typeof value === 'number' ? exactNumber(source) : value,
    ) as T
  } catch {
    return null
  }
}

type Revive = (key: string, value: unknown, context: { readonly source: string }) => unknown

/** TypeScript's library does not describe the third argument yet: see exact-number.ts. */
const parse = JSON.parse as unknown as (text: string, revive: Revive) => unknown
