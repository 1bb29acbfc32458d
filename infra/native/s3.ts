// An object store that speaks S3, for tests: moto, which keeps everything in memory and takes any credentials.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ServerProgram } from './program.ts'
import { fetchPackages } from './python.ts'

const REQUIREMENTS = fileURLToPath(new URL('../s3/requirements.txt', import.meta.url))

/** Resolves at once if it was done before. */
const interpreter = (programs: string) => fetchPackages(REQUIREMENTS, join(programs, 'moto'))

export const s3: ServerProgram = {
  async install(programs) {
    await interpreter(programs)
  },
  async prepare() {},
  async command({ address, programs }) {
    const args = ['-m', 'moto.server', '-H', address.host, '-p', String(address.port)]
    return { program: await interpreter(programs), args }
  },
  async probe({ address }) {
    const answer = await fetch(`http://${address.host}:${address.port}/`)
    await answer.body?.cancel()
    if (!answer.ok) throw new Error(`it answered ${answer.status} when asked for its buckets`)
  },
}
