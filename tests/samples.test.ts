// Runs every sample of the API's description against a server, at the present time: what a reader pastes must work.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Client, createClient } from '../sdk/src/node/index.ts'
import { patientRuntime } from '../sdk/src/patient-runtime.ts'
import { OPENAPI } from '../services/description.ts'
import { type CurlSample, curlSamples } from '../testing/doc-samples.ts'
import { StandaloneChild } from '../testing/standalone-child.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'

type Sample = { readonly label: string; readonly source: string }
type Program = (tally: Client, console: Pick<Console, 'log'>) => Promise<void>

const AsyncFunction = (async () => {}).constructor as new (...parts: string[]) => Program

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let server: StandaloneChild
let url: string
before(async () => {
  directory = await temporaryDirectory()
  server = new StandaloneChild({ DATA_DIR: directory.path })
  url = await server.url()
})
after(async () => {
  await server.kill('SIGTERM')
  await directory[Symbol.asyncDispose]()
})

for (const [path, operations] of Object.entries<object>(OPENAPI.paths)) {
  for (const [method, operation] of Object.entries(operations)) {
    for (const { label, source } of (operation['x-codeSamples'] ?? []) as Sample[]) {
      const name = `${label} of ${method.toUpperCase()} ${path}`
      test(name, () => (label === 'SDK' ? runProgram(source) : runCurl(source, method, path)))
    }
  }
}

async function runCurl(source: string, method: string, path: string): Promise<void> {
  const [sample, ...others] = curlSamples(`\`\`\`sh\n${source}\n\`\`\``, new Date().toISOString())
  assert.deepEqual(others, [])
  assert.equal(sample!.init.method.toLowerCase(), method)
  const [asked = ''] = sample!.path.split('?')
  assert.match(asked, new RegExp(`^${path.replaceAll(/{\w+}/g, '[^/]+')}$`))
  await ask(sample!)
}

async function ask({ path, init, isStream }: CurlSample): Promise<void> {
  const stop = new AbortController()
  const response = await fetch(url + path, { ...init, signal: stop.signal })
  if (isStream) {
    const { value } = await response.body!.getReader().read()
    assert.ok(value!.length > 0)
    stop.abort()
  } else {
    const text = await response.text()
    assert.ok(response.ok, `${response.status} ${text}`)
    const isJson = init.headers['content-type'] === 'application/json'
    if (isJson) assert.deepEqual(JSON.parse(text).rejected ?? [], [])
  }
}

async function runProgram(source: string): Promise<void> {
  await new AsyncFunction('tally', 'console', source)(createClient({ url }, patientRuntime), { log() {} })
}
