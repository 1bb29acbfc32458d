// Fetches Python packages with pip, into an environment of their own.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { InfraFault } from '../fault.ts'
import { runProgram, succeeds } from './run-program.ts'

const HINT =
  'This needs Python 3.11 or newer, with venv, as `python3` (Debian: apt-get install python3 python3-venv).'
/** Debian ships venv without ensurepip, which environments need. */
const IS_FIT = 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))'

/**
 * Installs the packages that the file `requirements` pins below `directory`, all or none; resolves at once if they
 * are there. The folder's name contains a hash of the file, so that other pins get another folder. Returns the Python
 * interpreter of the environment: start its programs with `-m`, because the environment is moved into place when it
 * is complete, which breaks console scripts. Fails with `missing_tool` if no suitable Python exists.
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
