// Fetches Python packages with pip, into an environment of their own.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { InfraFault } from '../fault.ts'
import { runProgram, succeeds } from './run-program.ts'

const HINT =
  'This needs Python 3.11 or newer, with venv, as `python3` (Debian: apt-get install python3 python3-venv).'
/** Debian has venv without what it puts into environments. */
const IS_FIT = 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))'

/**
 * Puts what the file `requirements` pins below `directory`, all or none; at once where it is. Its name carries a
 * hash of the file, so that other pins are other packages. Returns the interpreter that sees them: start what they
 * bring with `-m`, for it is moved into place when it is complete, which console scripts do not follow. Fails with
 * `missing_tool` where no Python is fit.
 */
export async function fetchPackages(requirements: string, directory: string): Promise<string> {
  const hash = createHash('sha256').update(await readFile(requirements))
  const place = `${directory}-${hash.digest('hex').slice(0, 12)}`
  if (!existsSync(place)) await install(requirements, place)
  return interpreterOf(place)
}

async function install(requirements: string, place: string): Promise<void> {
  if (!(await succeeds('python3', ['-c', IS_FIT]))) throw new InfraFault('missing_tool', HINT)
  const draft = `${place}.part`
  await rm(draft, { recursive: true, force: true })
  await mkdir(dirname(place), { recursive: true })
  await runProgram('python3', ['-m', 'venv', draft])
  const pip = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--no-input',
    '--no-cache-dir',
  ]
  await runProgram(interpreterOf(draft), [...pip, '--requirement', requirements])
  await rename(draft, place)
}

function interpreterOf(place: string): string {
  return join(place, 'bin', 'python')
}
