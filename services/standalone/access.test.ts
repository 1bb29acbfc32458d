// Keys in a whole process, from outside: every route that is described is asked with a key of every role, and the keys
// file changes while the process runs.
import assert from 'node:assert/strict'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { digestOf, nameOfDigest, ROLES, type Role } from '../../lib/http/keys/known-key.ts'
import { systemClock } from '../../lib/system-clock.ts'
import { StandaloneChild } from '../../testing/standalone-child.ts'
import { type TemporaryDirectory, temporaryDirectory } from '../../testing/temporary-directory.ts'
import { until } from '../../testing/until.ts'
import { parseOptions } from '../../tools/keys/keys-options.ts'
import { run } from '../../tools/keys/run-keys.ts'

type Operation = { readonly security: readonly Readonly<Record<string, readonly Role[]>>[] }
type Asked = {
  readonly path: string
  readonly status: number
  /** Null: it is public. */
  readonly roles: readonly Role[] | null
  readonly takesLinks: boolean
}
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>

const STATS = '/v1/videos/cats/stats?eventType=view&function=count'
const EVENT = { id: 'a', videoId: 'cats', type: 'view', time: Date.now() }
const QUIET = { PROBE_INTERVAL_S: '0', LOG_LEVEL: 'info' }

const JSON_TYPE = { 'content-type': 'application/json' }
/** Each of which is refused by itself somewhere. */
const BODIES: readonly (readonly [headers: Readonly<Record<string, string>>, body: string])[] = [
  [{}, ''],
  [JSON_TYPE, ''],
  [JSON_TYPE, '{'],
  [JSON_TYPE, '{"__proto__": 1}'],
  [JSON_TYPE, ' '.repeat(2 << 20)],
  [{ ...JSON_TYPE, 'content-encoding': 'br' }, '{}'],
  [{ 'content-type': 'application/xml' }, '<a/>'],
  [{ 'content-type': 'none' }, 'x'],
]

const isForLinks = (requirement: object) => 'shareLink' in requirement

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

/** The token of a link that a key makes. */
async function share(url: string, key: string | null, shows: object): Promise<string> {
  const headers = { 'content-type': 'application/json', ...(key !== null && { 'x-api-key': key }) }
  const answer = await fetch(`${url}/v1/share`, { method: 'POST', headers, body: JSON.stringify(shows) })
  return ((await answer.json()) as { token: string }).token
}

async function liveStream(url: string, key: string): Promise<Response> {
  const headers = { authorization: `Bearer ${key}` }
  const answer = await fetch(`${url}/v1/live?videoId=cats&eventType=view`, { headers })
  assert.equal(answer.status, 200)
  return answer
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
    const found = new Map<string, Asked>()
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, { security }] of Object.entries(operations)) {
        const query = path === '/v1/live' ? '?videoId=cats&eventType=view' : ''
        const address = `${url}${path.replaceAll(/{\w+}/g, 'cats')}${query}`
        const body = method === 'get' || method === 'delete' ? undefined : {}
        const status = await ask(address, key, method.toUpperCase(), body)
        const roles = security.length === 0 ? null : security.flatMap((one) => Object.values(one).flat())
        found.set(`${method} ${path}`, { path, status, roles, takesLinks: security.some(isForLinks) })
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

  for (const [shows, place] of [
    [{ videoId: 'cats' }, /{videoId}|^\/v1\/live$/],
    [{ channelId: 'cats' }, /{channelId}/],
  ] as const) {
    test(`a link to ${JSON.stringify(shows)} opens what the description says, and nothing else`, async () => {
      const token = await share(url, keyOf.get('read')!, shows)
      let opened = 0
      for (const [name, { path, status, roles, takesLinks }] of await statusesOf(token)) {
        const isOpen = roles === null || (takesLinks && place.test(path))
        assert.equal(status === 403, !isOpen, `${status} of ${name}`)
        assert.notEqual(status, 401, name)
        if (takesLinks && isOpen) opened += 1
      }
      assert.equal(opened, 'videoId' in shows ? 5 : 2)
    })
  }

  test('a link opens no other video, in any way of asking for one', async () => {
    const token = await share(url, keyOf.get('read')!, { videoId: 'cats' })
    const live = `${url}/v1/live?eventType=view`
    for (const [path, status] of [
      [`${url}${STATS}`, 200],
      [`${url}${STATS.replace('cats', 'dogs')}`, 403],
      [`${url}${STATS.replace('cats', 'c%61ts')}`, 200],
      [`${url}${STATS.replace('cats', 'cats%2F..%2Fdogs')}`, 403],
      [`${live}&videoId=cats&videoId=cats`, 200],
      [`${live}&videoId=cats&videoId=dogs`, 403],
      [`${live}&videoId=dogs`, 403],
      [live, 403],
    ] as const) {
      assert.equal(await ask(path, token), status, path)
    }
    assert.equal(await ask(`${live}&videoId=cats&key=${token}`, null), 403)
    assert.equal(await ask(`${url}/v1/events?key=${token}`, null, 'POST', EVENT), 403)
  })

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

  test('without a key no body is looked at', async () => {
    for (const [name, { path, roles }] of await statusesOf(null)) {
      const [method = ''] = name.split(' ')
      if (roles === null || method === 'get') continue
      const address = `${url}${path.replaceAll(/{\w+}/g, 'cats')}`
      for (const [headers, body] of BODIES) {
        const answer = await fetch(address, { method: method.toUpperCase(), headers, body })
        assert.equal(answer.status, 401, `${name} of ${JSON.stringify(headers)}: ${await answer.text()}`)
      }
    }
  })

  test('a write key in the address of the live stream reads nothing', async () => {
    const live = `${url}/v1/live?videoId=cats&eventType=view&key=`
    assert.equal(await ask(`${live}${keyOf.get('write')}`, null), 403)
    assert.equal(await ask(`${live}${keyOf.get('read')}`, null), 200)
  })

  test('the page and the counter are for everybody', async () => {
    for (const path of ['/', '/tally-count.js']) assert.equal(await ask(`${url}${path}`, null), 200)
  })
})

test('A link outlives a restart, and the log holds none', async () => {
  await using directory = await temporaryDirectory()
  const environment = { ...QUIET, LOG_LEVEL: 'debug', DATA_DIR: directory.path }
  const first = new StandaloneChild(environment)
  const link = await share(await first.url(), null, { videoId: 'cats' })
  const { errors } = await first.kill('SIGTERM')
  await using second = new StandaloneChild(environment)
  assert.equal(await ask(`${await second.url()}${STATS}`, link), 200)
  assert.ok(!errors.includes(link))
  await second.kill('SIGTERM')
  await using other = new StandaloneChild({ ...environment, SHARE_SECRETS: 's'.repeat(40) })
  assert.equal(await ask(`${await other.url()}${STATS}`, link), 403)
})

test('A running process follows the file: its first key, a revoked one, and past a damaged file', async () => {
  await using directory = await temporaryDirectory()
  const data = directory.path
  await using child = new StandaloneChild({ ...QUIET, DATA_DIR: data })
  const url = await child.url()
  assert.equal(await ask(`${url}${STATS}`, null), 200)
  const openLink = await share(url, null, { videoId: 'cats' })
  assert.equal(await ask(`${url}${STATS}`, openLink), 200)
  assert.equal(await ask(`${url}/v1/audit`, openLink), 403)

  const key = await create(data, 'full')
  await until('the first key is in force', async () => (await ask(`${url}${STATS}`, null)) === 401)
  assert.equal(await ask(`${url}${STATS}`, openLink), 403)
  assert.equal(await ask(`${url}${STATS}`, key), 200)
  assert.equal(await ask(`${url}/v1/events`, key, 'POST', EVENT), 202)
  assert.equal(await ask(`${url}/v1/admin/recount`, key), 403)

  await rename(join(data, 'keys.json'), join(data, 'good.json'))
  await writeFile(join(data, 'keys.json'), 'damaged')
  const warnings = async () => {
    const ready = (await (await fetch(`${url}/health/ready`)).json()) as { warnings?: string[] }
    return ready.warnings ?? []
  }
  await until('the damaged file is told of', async () => (await warnings()).length > 0)
  assert.match((await warnings()).join(), /keys\.json is not a file of keys\. Restore it/)
  assert.equal(await ask(`${url}${STATS}`, key), 200)
  await rename(join(data, 'good.json'), join(data, 'keys.json'))

  const link = await share(url, key, { videoId: 'cats' })
  assert.equal(await ask(`${url}${STATS}`, link), 200)
  const streams = await Promise.all([key, link].map((by) => liveStream(url, by)))
  await keys(data, 'revoke', nameOfDigest(digestOf(key)))
  for (const stream of streams) assert.match(await stream.text(), /: closing\n\n$/)
  await until('the key is revoked', async () => (await ask(`${url}${STATS}`, key)) === 403)
  assert.equal(await ask(`${url}${STATS}`, link), 403)
  assert.equal(await ask(`${url}${STATS}`, null), 401)
  const { errors } = await child.kill('SIGTERM')
  assert.ok(!errors.includes(key))
})
