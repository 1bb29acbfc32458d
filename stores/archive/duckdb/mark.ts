// What an audit remembers of the files of an hour. Pure.
import { createHash } from 'node:crypto'

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
