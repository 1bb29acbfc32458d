// A dead letter as operators see it: a record of the dead lane with a name. Pure.
import { decodeDeadLetter, type KeptDeadLetter } from '../../../schemas/dead-letter.ts'
import type { LogRecord, Source } from '../../../stores/log/log.ts'

/** `unknown`: a record of the dead lane that is not a dead letter. */
export type Origin = KeptDeadLetter['origin'] | 'unknown'

export type Letter = Omit<KeptDeadLetter, 'origin'> & {
  /** `<source of the dead lane>:<offset there>` */
  readonly id: string
  /** When it was set aside, epoch ms. */
  readonly keptMs: number
  readonly origin: Origin
}

export type Place = { readonly sourceId: string; readonly offset: number }

const ID = /^([0-9a-f]{8}-\d{1,4}):(\d{1,15})$/

export function letterId({ sourceId, offset }: Place): string {
  return `${sourceId}:${offset}`
}

/** Null for a text that is not the name of a letter. */
export function parseLetterId(id: string): Place | null {
  const [, sourceId, offset] = ID.exec(id) ?? []
  return sourceId === undefined ? null : { sourceId, offset: Number(offset) }
}

export function letterOf(source: Source, { offset, logTimeMs, bytes }: LogRecord): Letter {
  const named = { id: letterId({ sourceId: source.id, offset }), keptMs: logTimeMs }
  const kept = decodeDeadLetter(bytes)
  if (kept !== null) return { ...named, ...kept }
  const place = { source: source.id, offset, index: -1, logTime: logTimeMs }
  return { ...named, ...place, reason: 'not_a_letter', bytes, origin: 'unknown' }
}
