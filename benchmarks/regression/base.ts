// The checkout that ours is compared with.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Fault } from '../../lib/fault.ts'
import { checkOut } from '../../testing/checkout.ts'

export type Base = AsyncDisposable & { readonly name: string; readonly root: URL }

const HERE = new URL('../../', import.meta.url)
/**
 * A release stands still, so that what becomes slower by little and little adds up until it is seen. Where there is
 * none yet: far enough back to hold a day's work, near enough to find the commit.
 */
const COMMITS_BACK = 'HEAD~20'
const RELEASES = 'v*'
/** What a checkout must have to be measured. */
const NEEDED = ['benchmarks/core-counts.ts', 'benchmarks/door-process.ts', 'schemas/schema-set.ts']

/** `directory`: where a commit is checked out, and removed from again. */
export async function openBase(against: string | null, directory: string): Promise<Base> {
  if (against !== null && existsSync(join(against, 'package.json'))) {
    return { name: against, root: rootOf(resolve(against)), [Symbol.asyncDispose]: async () => {} }
  }
  const commit = against ?? newestRelease() ?? COMMITS_BACK
  const checkout = await checkOut(commit, directory)
  try {
    return {
      name: commit,
      root: rootOf(checkout.root),
      [Symbol.asyncDispose]: checkout[Symbol.asyncDispose],
    }
  } catch (error) {
    await checkout[Symbol.asyncDispose]()
    throw error
  }
}

function rootOf(directory: string): URL {
  const missing = NEEDED.filter((path) => !existsSync(join(directory, path)))
  if (missing.length > 0)
    throw new Fault(`${directory} is too old to be compared with: no ${missing.join(', ')}`)
  return pathToFileURL(`${directory}/`)
}

function newestRelease(): string | null {
  try {
    const args = ['describe', '--tags', '--abbrev=0', '--match', RELEASES]
    return execFileSync('git', args, {
      cwd: HERE,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return null
  }
}
