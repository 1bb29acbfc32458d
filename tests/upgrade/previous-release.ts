// The checkout of an earlier release, from the history of this repository.
import { execFile } from 'node:child_process'
import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Fault } from '../../lib/fault.ts'
import { root } from '../source-file.ts'

const run = promisify(execFile)
const FILE = 'tests/upgrade/previous-release'

/** The commit that the file of this folder names: of the last release, or before the first one of what went before. */
export function previousRelease(): string {
  return readFileSync(join(root, FILE), 'utf8').trim()
}

/**
 * A work tree of the commit, with its dependencies, that is removed on dispose. Fails with a Fault where the history
 * does not hold it.
 */
export async function checkOut(commit: string, directory: string) {
  const git = (...args: string[]) => run('git', args, { cwd: root })
  try {
    await git('worktree', 'add', '--detach', directory, commit)
  } catch (cause) {
    const advice = 'A shallow clone has no history: `git fetch --unshallow` brings it.'
    throw new Fault(`${commit} of ${FILE} cannot be checked out. ${advice} ${(cause as Error).message}`)
  }
  const isSame = !(await git('diff', '--name-only', commit, 'HEAD', '--', 'package-lock.json')).stdout.trim()
  const modules = join(root, 'node_modules')
  if (isSame && existsSync(modules)) symlinkSync(modules, join(directory, 'node_modules'))
  else await run('node', [join(directory, 'infra/install.mjs')], { cwd: directory })
  return {
    root: directory,
    [Symbol.asyncDispose]: async () => {
      await git('worktree', 'remove', '--force', directory)
    },
  }
}
