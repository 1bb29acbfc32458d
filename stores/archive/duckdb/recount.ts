// Counts hours again from their raw files: units of some hours, one after the other, by an engine.
import { dayOf } from '../../../model/bucket.ts'
import { isAllSeries } from '../../../model/series-range.ts'
import type { RecountedBucket, RecountQuestion } from '../archive.ts'
import type { RecountEngine } from '../recount-engine.ts'
import { hoursOf, type RawFile } from './layout.ts'
import type { RawFiles } from './raw-files.ts'

/** How many bytes of memory a byte of Parquet takes while its rows are compared. */
export const MEMORY_PER_FILE_BYTE = 10

/** Hours that are counted together, in order, and the files that may hold their events. */
export type Unit = { readonly hours: number[]; readonly files: RawFile[]; bytes: number }

/**
 * The files that were checked for the hours which were counted last: ranges of one hour are counted one after the
 * other, and each reads little of every file.
 */
export class CheckedFiles {
  #hours = ''
  #places = new Set<string>()

  of(hours: readonly number[]): Set<string> {
    if (this.#hours !== hours.join()) this.#places = new Set()
    this.#hours = hours.join()
    return this.#places
  }
}

/** @param onCounted called with hours before their buckets are yielded */
export async function* recount(
  engine: RecountEngine,
  rawFiles: RawFiles,
  question: RecountQuestion,
  checkedFiles: CheckedFiles,
  onCounted: (hours: readonly number[]) => Promise<void>,
  signal: AbortSignal,
): AsyncGenerator<readonly RecountedBucket[]> {
  const hours = Array.from(new Set(question.hours)).sort((a, b) => a - b)
  const isPart = question.range !== undefined && !isAllSeries(question.range)
  const checked = isPart ? checkedFiles.of(hours) : new Set<string>()
  for (const unit of unitsOf(await rawFiles.ofHours(hours), hours, engine.bytesTogetherMax)) {
    const relist = () => rawFiles.ofHours(unit.hours)
    const { hours: ofUnit, files } = unit
    await using counted = await engine.count({ ...question, hours: ofUnit, files, relist, checked }, signal)
    await onCounted(unit.hours)
    yield* counted.buckets
  }
}

/** Hours that share files stay together; small ones join up to `bytesMax`. Hours without files are left out. */
export function unitsOf(files: readonly RawFile[], hours: readonly number[], bytesMax: number): Unit[] {
  const units: Unit[] = []
  for (const atom of atomsOf(files, hours)) {
    const last = units.at(-1)
    if (last === undefined || last.bytes + atom.bytes > bytesMax) {
      units.push(atom)
    } else {
      last.hours.push(...atom.hours)
      last.files.push(...atom.files)
      last.bytes += atom.bytes
    }
  }
  return units
}

/** One hour each, or one day if a file holds several hours of it; in order of time. */
function atomsOf(files: readonly RawFile[], hours: readonly number[]): Unit[] {
  const days = new Set(files.filter((file) => hoursOf(file).length > 1).map(({ day }) => day))
  const startOf = (hour: number) => (days.has(dayOf(hour)) ? dayOf(hour) : hour)
  const atoms = new Map<number, Unit>()
  for (const hour of hours) {
    const atom = atoms.get(startOf(hour)) ?? { hours: [], files: [], bytes: 0 }
    atoms.set(startOf(hour), atom)
    atom.hours.push(hour)
  }
  for (const file of files) {
    const atom = atoms.get(startOf(hoursOf(file)[0]!))
    if (atom === undefined) continue
    atom.files.push(file)
    atom.bytes += file.bytes
  }
  return Array.from(atoms.values()).filter((atom) => atom.files.length > 0)
}
