// Which release the present one is upgraded from.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../source-file.ts'

/** The commit that the file beside names: of the last release, or before the first one of what went before. */
export function previousRelease(): string {
  return readFileSync(join(root, 'tests/upgrade/previous-release'), 'utf8').trim()
}
