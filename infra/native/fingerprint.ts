import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'

const DIGITS = 12

/** Of the names and bytes of files: a folder whose name contains it holds what was made of these, not of older ones. */
export async function fingerprint(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const file of files) hash.update(`${basename(file)}\n`).update(await readFile(file))
  return hash.digest('hex').slice(0, DIGITS)
}
