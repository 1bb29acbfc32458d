// Serialises an answer for caching, and parses it back without losing a digit.

import { exactNumber } from '../../../lib/exact-number.ts'
import { Turns } from '../../../lib/turns.ts'
import { jsonPieces } from '../answer/json-pieces.ts'

/** A few milliseconds of serialising. */
const TURN_CHARS_MAX = 256 << 10

/** UTF-8; null if it would be longer than about `bytesMax`. */
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

/** Null for bytes that are not an answer. Numbers keep all their digits. */
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
