// Keys in a whole process, from outside: every route that is described is asked with a key of every role, and the keys
// file changes while the process runs.
import assert from 'node:assert/strict'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { digestOf, nameOfDigest, ROLES, type Role } from '../../lib/http/known-key.ts'
import { systemClock } from '../../lib/system-clock.ts'
import { StandaloneChild } from '../../testing/standalone-child.ts'
import { type TemporaryDirectory, temporaryDirectory } from '../../testing/temporary-directory.ts'
import { parseOptions } from '../../tools/keys/keys-options.ts'
import { run } from '../../tools/keys/run-keys.ts'

type Operation = { readonly security: readonly Readonly<Record<string, readonly Role[]>>[] }
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>

const POLL_MS = 20
const STATS = '/v1/videos/cats/stats?eventType=view&function=count'
const EVENT = { id: 'a', videoId: 'cats', type: 'view', time: Date.now() }
const QUIET = { PROBE_INTERVAL_S: '0', LOG_LEVEL: 'info' }

/** The key that the command prints. */
async function keys(directory: string, ...args: readonly string[]): Promise<string> {
  const printed: string[] = []
  const output = { print: (line: string) => void printed.push(line), say() {} }
  const path = join(directory, 'keys.json')
  await run(path, parseOptions(args, Date.now()), systemClock, output)
  return printed[0]!
}

const create = (directory: string, role: Role) =>
  keys(directory, 'create', '--role', role, '--tenant', 'acme')

/** Its status; the body is not waited for, since a stream has no end. */
async function ask(url: string, key: string | null, method = 'GET', body?: object): Promise<number> {
  const ending = new AbortController()
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  const headers = { ...type, ...(key !== null && { 'x-api-key': key }) }
  const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
  const { status } = await fetch(url, { ...init, signal: ending.signal })
  ending.abort()
  return status
}

/** Waits until it is so; the runner ends a test that waits too long. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(POLL_MS)
}

describe('With keys in the file,', () => {
  let directory: TemporaryDirectory
  let child: StandaloneChild
  let url: string
  let paths: Paths
  const keyOf = new Map<Role, string>()

  before(async () => {
    directory = await temporaryDirectory()
    for (const role of ROLES) keyOf.set(role, await create(directory.path, role))
    child = new StandaloneChild({ ...QUIET, DATA_DIR: directory.path, BAD_KEYS_PER_MINUTE_MAX: '0' })
    url = await child.url()
    const described = await fetch(`${url}/openapi.json`)
    paths = ((await described.json()) as { paths: Paths }).paths
  })
  after(async () => {
    await child[Symbol.asyncDispose]()
    await directory[Symbol.asyncDispose]()
  })

  const statusesOf = async (key: string | null) => {
    const found = new Map<string, { readonly status: number; readonly roles: readonly Role[] | null }>()
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, { security }] of Object.entries(operations)) {
        const query = path === '/v1/live' ? '?videoId=cats&eventType=view' : ''
        const address = `${url}${path.replaceAll(/{\w+}/g, 'cats')}${query}`
        const body = method === 'get' || method === 'delete' ? undefined : {}
        const status = await ask(address, key, method.toUpperCase(), body)
        const roles = security.length === 0 ? null : security.flatMap((one) => Object.values(one).flat())
        found.set(`${method} ${path}`, { status, roles })
      }
    }
    return found
  }

  for (const role of ROLES) {
    test(`a ${role} key may do what the description says, and nothing else`, async () => {
      for (const [name, { status, roles }] of await statusesOf(keyOf.get(role)!)) {
        const isAllowed = roles === null || roles.includes(role)
        assert.equal(status === 403, !isAllowed, `${status} of ${name}`)
        assert.notEqual(status, 401, name)
      }
    })
  }

  for (const [words, key, refused] of [
    ['without a key', null, 401],
    ['with an unknown key', 'wk_guessed', 403],
  ] as const) {
    test(`${words} only what is public is answered`, async () => {
      for (const [name, { status, roles }] of await statusesOf(key)) {
        assert.equal(status === refused, roles !== null, `${status} of ${name}`)
      }
    })
  }

  test('a write key in the address of the live stream reads nothing', async () => {
    const live = `${url}/v1/live?videoId=cats&eventType=view&key=`
    assert.equal(await ask(`${live}${keyOf.get('write')}`, null), 403)
    assert.equal(await ask(`${live}${keyOf.get('read')}`, null), 200)
  })

  test('the page and the counter are for everybody', async () => {
    for (const path of ['/', '/tally-count.js']) assert.equal(await ask(`${url}${path}`, null), 200)
  })
})

test('A running process follows the file: its first key, a revoked one, and past a damaged file', async () => {
  await using directory = await temporaryDirectory()
  const data = directory.path
  await using child = new StandaloneChild({ ...QUIET, DATA_DIR: data })
  const url = await child.url()
  assert.equal(await ask(`${url}${STATS}`, null), 200)

  const key = await create(data, 'full')
  await until(async () => (await ask(`${url}${STATS}`, null)) === 401)
  assert.equal(await ask(`${url}${STATS}`, key), 200)
  assert.equal(await ask(`${url}/v1/events`, key, 'POST', EVENT), 202)
  assert.equal(await ask(`${url}/v1/admin/recount`, key), 403)

  await rename(join(data, 'keys.json'), join(data, 'good.json'))
  await writeFile(join(data, 'keys.json'), 'damaged')
  const warnings = async () => {
    const ready = (await (await fetch(`${url}/health/ready`)).json()) as { warnings?: string[] }
    return ready.warnings ?? []
  }
  await until(async () => (await warnings()).length > 0)
  assert.match((await warnings()).join(), /keys\.json is not a file of keys\. Restore it/)
  assert.equal(await ask(`${url}${STATS}`, key), 200)
  await rename(join(data, 'good.json'), join(data, 'keys.json'))

  await keys(data, 'revoke', nameOfDigest(digestOf(key)))
  await until(async () => (await ask(`${url}${STATS}`, key)) === 403)
  assert.equal(await ask(`${url}${STATS}`, null), 401)
  const { errors } = await child.kill('SIGTERM')
  assert.ok(!errors.includes(key))
})
