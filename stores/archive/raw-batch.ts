// Rules for names that every form of the archive shares, and how time is cut into hours. Pure.
import { hourOf, minuteOf } from '../../model/bucket.ts'
import { isWord } from '../objects/object-key.ts'
import type { RawEvent } from './archive.ts'

const SOURCE_CHARACTERS_MAX = 160

/** Checks a source's name, which becomes part of object names. Throws a RangeError that names the rule. */
export function checkSource(sourceId: string): void {
  if (sourceId.length <= SOURCE_CHARACTERS_MAX && isWord(sourceId)) return
  const rule = `1–${SOURCE_CHARACTERS_MAX} characters of [A-Za-z0-9._=-]`
  throw new RangeError(`The id of a source is ${rule}, not ${JSON.stringify(sourceId)}`)
}

export function hourOfEvent({ timeMs }: RawEvent): number {
  return hourOf(minuteOf(timeMs))
}
