// Fetches Python packages with pip, into an environment of their own.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runProgram } from './run-program.ts'

const HINT = 'Install Python 3.10 or newer with venv (Debian: apt-get install python3 python3-venv).'

/**
 * Puts what the file `requirements` pins below `directory`, all or none; at once where it is. Its name carries a
 * hash of the file, so that other pins are other packages. Returns the interpreter that sees them: start what they
 * bring with `-m`, for it is moved into place when it is complete, which console scripts do not follow.
 */
export async function fetchPackages(requirements: string, directory: string): Promise<string> {
  const hash = createHash('sha256').update(await readFile(requirements))
  const place = `${directory}-${hash.digest('hex').slice(0, 12)}`
  if (!existsSync(place)) await install(requirements, place)
  return interpreterOf(place)
}

async function install(requirements: string, place: string): Promise<void> {
  const draft = `${place}.part`
  await rm(draft, { recursive: true, force: true })
  await mkdir(dirname(place), { recursive: true })
  await runProgram('python3', ['-m', 'venv', draft], { hint: HINT })
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
