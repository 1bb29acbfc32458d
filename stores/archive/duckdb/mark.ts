// What an audit remembers of the files of an hour. Pure.
import { createHash } from 'node:crypto'
import { filesByHour, type RawFile } from './layout.ts'

type Named = { readonly key: string }

const CHARACTERS = 22

/**
 * Changes whenever the files of an hour change.
 * @param files in the order of their keys, then those that are lost
 */
export function markOf(files: readonly Named[], lost: readonly Named[] = []): string {
  const mark = createHash('sha256')
  for (const file of files) mark.update(`${lost.includes(file) ? 'unreadable ' : ''}${file.key}\n`)
  return mark.digest('base64url').slice(0, CHARACTERS)
}

/** By hour what a recount calls these files, if none is lost; without some hours. */
export function marksOf(
  files: readonly RawFile[],
  except: ReadonlySet<number> = new Set(),
): ReadonlyMap<number, string> {
  const byHour = filesByHour(files.toSorted((a, b) => (a.key < b.key ? -1 : 1)))
  const whole = byHour.entries().filter(([hour]) => !except.has(hour))
  return new Map(whole.map(([hour, some]) => [hour, markOf(some)]))
}
