// Fetches npm packages that only a check needs, into a folder of their own.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runProgram } from './run-program.ts'

const FILES = ['package.json', 'package-lock.json']
const INSTALL = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']

/**
 * Installs what the lock file in `folder` names below `directory`, all or nothing; resolves at once if it is there. The
 * folder's name contains a hash of the lock file, so that other pins get another folder. Returns the folder that holds
 * `node_modules`.
 */
export async function fetchNodePackages(folder: string, directory: string): Promise<string> {
  const hash = createHash('sha256').update(await readFile(join(folder, 'package-lock.json')))
  const place = `${directory}-${hash.digest('hex').slice(0, 12)}`
  if (existsSync(place)) return place
  const draft = `${place}.part`
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { recursive: true })
  for (const file of FILES) await copyFile(join(folder, file), join(draft, file))
  await runProgram('npm', INSTALL, { cwd: draft })
  await mkdir(dirname(place), { recursive: true })
  await rename(draft, place)
  return place
}
