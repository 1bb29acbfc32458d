// Builds the Kafka Streams counter, once for each state of its sources, outside the tree.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runProgram } from '../../infra/native/run-program.ts'

const SOURCES = fileURLToPath(new URL('./java/', import.meta.url))
const HINT = 'Kafka Streams needs a Java 17 or newer development kit and Maven.'

/** The class path of the built counter. Fails with an InfraFault if Java or Maven is missing. */
export async function buildStreams(directory: string): Promise<string> {
  const built = join(directory, 'programs', `streams-counter-${await fingerprint()}`)
  if (!existsSync(built)) {
    const draft = `${built}.part`
    await rm(draft, { recursive: true, force: true })
    await mkdir(dirname(built), { recursive: true })
    await runProgram('mvn', ['-B', '-ntp', '-q', '-f', SOURCES, `-Dtarget=${draft}`, 'compile'], {
      hint: HINT,
    })
    await rename(draft, built)
  }
  return `${join(built, 'classes')}:${join(built, 'libs')}/*`
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256')
  for (const name of (await readdir(SOURCES)).sort()) hash.update(await readFile(join(SOURCES, name)))
  return hash.digest('hex').slice(0, 12)
}
