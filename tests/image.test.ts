// What the Dockerfile copies, as far as it can be known without docker: everything that runs in the image is there with
// all that it imports, and nothing that is for tests.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, matchesGlob } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { root, sourceFiles } from './source-file.ts'

const FOR_TESTS =
  /(\.test|\.integration-test|-contract)\.ts$|\/scripted-|^(testing|tests|simulator|benchmarks)\//
/** Programs that the image cannot hold: they start servers, or need what is not shipped. */
const NOT_SHIPPED = /^tools\/(load|replay)\//
const HEALTHCHECK = join(root, 'infra/healthcheck.sh')

const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8')
const files = imageFiles()
const sources = sourceFiles().filter(({ path }) => files.has(path))

/** From the root, as COPY takes them of the build context. */
function imageFiles(): Set<string> {
  const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n').filter(Boolean)
  const isIgnored = (path: string) =>
    ignored.some((pattern) => matchesGlob(path, pattern) || matchesGlob(path, `${pattern}/**`))
  const copied = Array.from(dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm), ([, from]) =>
    from!.split(' '),
  )
  const paths = copied.flat().flatMap((from) => globSync(`${from}{,/**}`, { cwd: root }))
  return new Set(paths.filter((path) => !path.includes('node_modules') && !isIgnored(path)))
}

test('the image holds all that its programs import', () => {
  assert.ok(sources.length > 300, `only ${sources.length} sources were found`)
  const missing = sources
    .filter(({ path }) => !NOT_SHIPPED.test(path))
    .flatMap(({ path, imports }) =>
      imports
        .filter(({ from }) => /\.ts$/.test(from) && !files.has(from))
        .map(({ from }) => `${path}: ${from}`),
    )
  assert.deepEqual(missing, [])
})

test('the image holds the programs that docker-compose.yml starts', () => {
  const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8')
  const started = Array.from(compose.matchAll(/\[node, (\S+\.ts)[\],]/g), ([, path]) => path!)
  assert.ok(started.length >= 8, started.join())
  assert.deepEqual(
    started.filter((path) => !files.has(path)),
    [],
  )
})

test('the image holds nothing that is for tests', () => {
  assert.deepEqual(
    Array.from(files).filter((path) => FOR_TESTS.test(path)),
    [],
  )
})

test('the account of the image is a number other than 0', () => {
  const accounts = Array.from(dockerfile.matchAll(/^USER (.+)$/gm), ([, account]) => account!)
  assert.match(accounts.at(-1)!, /^[1-9]\d*:[1-9]\d*$/)
})

/** The exit code of the health check against a process that answers like this. */
async function checked(answer: RequestListener | null): Promise<number> {
  const server = createServer(answer ?? (() => {})).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  if (answer === null) await server[Symbol.asyncDispose]()
  try {
    const env = { ...process.env, PORT: String(port) }
    await promisify(execFile)('bash', [HEALTHCHECK], { env })
    return 0
  } catch (error) {
    return (error as { code: number }).code
  } finally {
    server.close()
  }
}

test('the health check passes where /health/live answers 200 to localhost, and only there', async () => {
  assert.equal(
    await checked((request, response) => {
      const isRight = request.url === '/health/live' && request.headers.host === 'localhost'
      response.writeHead(isRight ? 200 : 404).end('{}')
    }),
    0,
  )
  assert.equal(await checked((_request, response) => response.writeHead(503).end()), 1)
  assert.equal(await checked((request) => request.socket.destroy()), 1)
  assert.equal(await checked(null), 1)
})
