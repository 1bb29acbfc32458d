// Letters as answers show them. Pure.

import { instantText } from '../../../lib/time-text.ts'
import type { SchemaSet } from '../../../schemas/schema-set.ts'
import type { FoundLetter } from './dead-letters.ts'
import { type Decoded, type DecodedEvent, decodeLetter } from './decode-letter.ts'
import type { Origin } from './letter.ts'
import { type Act, type LetterState, type RecordedAct, stateOf } from './letter-acts.ts'

type ActView = Omit<Act, 'identity'> & { readonly time: string }

export type LetterView = {
  readonly id: string
  readonly state: LetterState
  readonly keptAt: string
  readonly reason: string
  readonly origin: Origin
  /** Where its bytes were in the log. */
  readonly source: string
  readonly offset: number
  readonly index: number
  readonly logTime: string
  readonly byteLength: number
  /** What can be read of the event; null for other letters. */
  readonly event: DecodedEvent['event'] | null
  /** The latest act on it. */
  readonly lastAct: ActView | null
}

export type LetterDetail = LetterView & {
  readonly decoded: Decoded | null
  readonly base64: string
  /** Bytes that base64 leaves out at the end. */
  readonly bytesOmitted: number
}

export const BYTES_SHOWN_MAX = 256 << 10

export function viewOf(schemas: SchemaSet, found: FoundLetter): LetterView {
  return view(found, found.letter.origin === 'event' ? decodeLetter(schemas, found.letter) : null)
}

export function detailOf(schemas: SchemaSet, found: FoundLetter): LetterDetail {
  const decoded = decodeLetter(schemas, found.letter)
  const { bytes } = found.letter
  const shown = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, BYTES_SHOWN_MAX))
  const bytesOmitted = bytes.length - shown.length
  return { ...view(found, decoded), decoded, base64: shown.toString('base64'), bytesOmitted }
}

function view({ letter, latest }: FoundLetter, decoded: Decoded | null): LetterView {
  const { id, reason, origin, source, offset, index } = letter
  return {
    id,
    state: stateOf(latest),
    keptAt: instantText(letter.keptMs),
    ...{ reason, origin, source, offset, index },
    logTime: instantText(letter.logTime),
    byteLength: letter.bytes.length,
    event: decoded?.kind === 'event' ? decoded.event : null,
    lastAct: latest === null ? null : actView(latest),
  }
}

function actView({ atMs, identity: _, ...act }: RecordedAct): ActView {
  return { time: instantText(atMs), ...act }
}
