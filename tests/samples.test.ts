// Runs every sample of the API's description, in its order, against a server as it is when it is new, at the present
// time: what a reader pastes into a shell must work. In the place of port 8080 is that of the server.
import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { type Client, createClient } from '../sdk/src/node/index.ts'
import { patientRuntime } from '../sdk/src/patient-runtime.ts'
import { OPENAPI } from '../services/description.ts'
import { anEvent } from '../testing/dead-letter-fixture.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { type Product, startProduct } from './e2e/product.ts'

type Sample = { readonly label: string; readonly source: string }
type Program = (tally: Client, console: Pick<Console, 'log'>) => Promise<void>
type Asked = { readonly method: string; readonly path: string }

const AsyncFunction = (async () => {}).constructor as new (...parts: string[]) => Program

const SERVER = 'http://localhost:8080'
/** What each `curl` did is its last line of errors, and an answer that refuses ends the shell. */
const CURL = `set -eo pipefail
curl() { command curl -sS --fail-with-body -w '%{stderr}%{method} %{url} %{http_code}\\n' "$@"; }
`
/** The first release of curl that knows --json. */
const CURL_LEAST = 7.82
const SHELL_TIMEOUT_MS = 60_000

const curlVersion = Number(/^curl (\d+\.\d+)/.exec(spawnSync('curl', ['--version']).stdout?.toString())?.[1])
const skip = curlVersion >= CURL_LEAST ? false : `needs bash and curl ${CURL_LEAST}`

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let product: Product
before(async () => {
  directory = await temporaryDirectory()
  // Nothing that a client sends becomes a dead letter, so that a new server has none to show.
  const dead = ['e1', 'e2', 'e3'].map((id) => anEvent({ timeMs: Date.now(), id }))
  product = await startProduct({}, dead)
})
after(async () => {
  await product?.[Symbol.asyncDispose]()
  await directory?.[Symbol.asyncDispose]()
})

for (const [path, operations] of Object.entries<object>(OPENAPI.paths)) {
  for (const [method, operation] of Object.entries(operations)) {
    const asked = { method: method.toUpperCase(), path }
    const ofOperation = (operation['x-codeSamples'] ?? []) as readonly Sample[]
    test(`${asked.method} ${path} has a sample by curl`, () => {
      assert.ok(ofOperation.some(({ label }) => label === 'curl'))
    })
    for (const { label, source } of ofOperation) {
      test(`${label} of ${asked.method} ${path}`, { skip: label === 'curl' && skip }, () =>
        label === 'SDK' ? runProgram(source) : runShell(source, asked),
      )
    }
  }
}

async function runShell(source: string, asked: Asked): Promise<void> {
  const script = CURL + source.replaceAll(SERVER, product.url)
  const shell = spawn('bash', ['-c', script], {
    cwd: directory.path,
    detached: true,
    timeout: SHELL_TIMEOUT_MS,
  })
  if (source.includes(' -N ')) return readBeginning(shell)
  const [output, errors] = await Promise.all([text(shell.stdout), text(shell.stderr)])
  const [method, url = '', status = ''] = errors.trimEnd().split('\n').at(-1)!.split(' ')
  assert.match(status, /^2/, errors + output)
  assert.equal(method, asked.method)
  assert.match(new URL(url).pathname, new RegExp(`^${asked.path.replaceAll(/{\w+}/g, '[^/{}]+')}$`))
  // Where events are sent one by one, a list of those that are refused; of imports, their number.
  const rejected = output.startsWith('{') ? (JSON.parse(output).rejected ?? []) : []
  assert.ok(rejected === 0 || rejected.length === 0, output)
}

/** A stream goes on until its reader leaves. */
async function readBeginning(shell: ChildProcessWithoutNullStreams): Promise<void> {
  const [chunk] = await Promise.race([once(shell.stdout, 'data'), once(shell, 'exit').then(() => [''])])
  if (shell.exitCode === null) process.kill(-shell.pid!)
  assert.match(String(chunk), /^event: counts$/m)
}

async function runProgram(source: string): Promise<void> {
  await new AsyncFunction('tally', 'console', source)(createClient({ url: product.url }, patientRuntime), {
    log() {},
  })
}
