// The checkout of an earlier commit, from the history of this repository.
import { execFile } from 'node:child_process'
import { existsSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Fault } from '../lib/fault.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../', import.meta.url))

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
    throw new Fault(`${commit} cannot be checked out. ${advice} ${(cause as Error).message}`)
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
