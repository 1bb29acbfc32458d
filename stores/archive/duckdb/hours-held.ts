// Which hours an archive holds, and of which it lacks or cannot read something, as its list of objects tells. Pure.
import type { ObjectInfo } from '../../objects/objects.ts'
import { hoursOf, parseRawFile, type RawFile } from './layout.ts'
import { keyOfEntry } from './manifest.ts'
import { marksOf } from './mark.ts'
import { SET_ASIDE_PREFIX } from './set-aside.ts'

/** Starts of hours. */
export type HoursHeld = {
  readonly held: ReadonlySet<number>
  /** Of these, those of which a file is damaged, set aside or gone. */
  readonly damaged: ReadonlySet<number>
  /** Of those of which no file is set aside or gone: what a recount calls the same files, see Holding. */
  readonly marks: ReadonlyMap<number, string>
}

/**
 * @param objects the whole archive, listed at one time
 * @param isDamaged whether the bytes of a raw file are not those that its name says
 */
export function hoursHeld(
  objects: readonly ObjectInfo[],
  isDamaged: (file: RawFile) => boolean = () => false,
): HoursHeld {
  const there = new Map<string, RawFile>()
  const away = new Map<string, RawFile>()
  const expected = new Map<string, RawFile>()
  for (const info of objects) {
    note(there, info)
    const setAside = info.key.startsWith(SET_ASIDE_PREFIX)
    if (setAside) note(away, { ...info, key: info.key.slice(SET_ASIDE_PREFIX.length) })
    const listed = keyOfEntry(info.key)
    if (listed !== null) note(expected, { ...info, key: listed })
  }
  const lost = new Map([...away, ...expected].filter(([key]) => !there.has(key)))
  const damaged = [...lost.values(), ...there.values().filter(isDamaged)]
  return {
    held: hoursOfAll([...there.values(), ...lost.values()]),
    damaged: hoursOfAll(damaged),
    marks: marksOf(Array.from(there.values()), hoursOfAll(Array.from(lost.values()))),
  }
}

function note(files: Map<string, RawFile>, info: ObjectInfo): void {
  const file = parseRawFile(info)
  if (file !== null) files.set(file.key, file)
}

function hoursOfAll(files: readonly RawFile[]): ReadonlySet<number> {
  return new Set(files.flatMap(hoursOf))
}
