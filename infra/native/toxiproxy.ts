// Toxiproxy: a proxy whose connections can be cut and slowed through its HTTP API.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ServerProgram } from './program.ts'
import { runProgram } from './run-program.ts'

const VERSION = '2.12.0'
const MODULE = `github.com/Shopify/toxiproxy/v2/cmd/server@v${VERSION}`

const directory = (programs: string) => join(programs, `toxiproxy-${VERSION}`)

export const toxiproxy: ServerProgram = {
  async install(programs) {
    if (existsSync(join(directory(programs), 'server'))) return
    const environment = { GOBIN: directory(programs), GOFLAGS: '-modcacherw' }
    await runProgram('go', ['install', MODULE], { environment, hint: 'Install Go (https://go.dev/dl).' })
  },
  async prepare() {},
  async command({ address, programs }) {
    const args = ['-host', address.host, '-port', String(address.port)]
    return { program: join(directory(programs), 'server'), args }
  },
  async probe({ address }) {
    const answer = await fetch(`http://${address.host}:${address.port}/version`)
    if (!answer.ok) throw new Error(`it answered ${answer.status}`)
  },
}
