// `--workers N` in a whole process, from outside: what is promised of one thread holds for many.
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { StandaloneChild } from '../../testing/standalone-child.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { until } from '../../testing/until.ts'
import type { Receipt } from '../partitioner/accept.ts'

type Request = {
  readonly tenant: 'a' | 'b'
  readonly body: string
  /** Of its good events, by video. */
  readonly good: ReadonlyMap<string, number>
  readonly bad: number
}

const POLL_MS = 20
const TWO = ['--workers', '2']
const KEYS = { a: 'key-a', b: 'key-b' } as const
const TENANTS = ['a', 'b'] as const
const EVENTS = 120
const BAD_EVERY = 10
const VIDEOS = 7
const COUNTRIES = ['DE', 'FR', 'IN']
const ENVIRONMENT = {
  ...{ FLUSH_INTERVAL_MS: '50', ARCHIVE_FLUSH_MS: '200', PROBE_INTERVAL_S: '0', PARTITIONS: '6' },
  ...{ API_KEYS: 'key-a=a,key-b=b', QUERY_COST_PER_SECOND_MAX: '0' },
}

/** `number` makes the ids of its events its own. */
function requestOf(number: number): Request {
  const tenant = TENANTS[number % TENANTS.length]!
  const good = new Map<string, number>()
  const time = Date.now()
  const events = Array.from({ length: EVENTS }, (_, i) => {
    const videoId = `v${(number + i) % VIDEOS}`
    const isBad = i % BAD_EVERY === 0
    if (!isBad) good.set(videoId, (good.get(videoId) ?? 0) + 1)
    const attributes = { country: COUNTRIES[i % COUNTRIES.length] }
    return { id: isBad ? 'not an id' : `r${number}-${i}`, videoId, type: 'view', time, attributes }
  })
  return { tenant, body: JSON.stringify(events), good, bad: EVENTS / BAD_EVERY }
}

function headersOf(tenant: Request['tenant']) {
  return { 'content-type': 'application/json', 'x-api-key': KEYS[tenant] }
}

function post(url: string, { tenant, body }: Request): Promise<Response> {
  return fetch(`${url}/v1/events`, { method: 'POST', headers: headersOf(tenant), body })
}

/** Sends it again, as it is, until whichever process runs acknowledges it. Returns the statuses on the way. */
async function deliver(urlNow: () => Promise<string>, request: Request): Promise<number[]> {
  const before: number[] = []
  for (;;) {
    const answer = await post(await urlNow(), request).catch(() => null)
    const receipt = (await answer?.json().catch(() => null)) as Receipt | null | undefined
    if (answer?.status === 202 && receipt) {
      assert.deepEqual([receipt.accepted, receipt.rejected.length], [EVENTS - request.bad, request.bad])
      return before
    }
    before.push(answer?.status ?? 0)
    await sleep(POLL_MS)
  }
}

type Answer = { readonly value?: number; readonly rows?: readonly { readonly value: number }[] }

/** Null while it cannot be told yet. */
async function ask(url: string, tenant: Request['tenant'], path: string): Promise<Answer | null> {
  const answer = await fetch(`${url}${path}`, { headers: headersOf(tenant) })
  const body = await answer.json()
  if (answer.status === 503) return null
  assert.equal(answer.status, 200, path)
  return body as Answer
}

const statsOf = (video: string) => `/v1/videos/${video}/stats?eventType=view&function=count`
const breakdownOf = (video: string) =>
  `/v1/videos/${video}/breakdown?by=country&eventType=view&function=count`

/** Waits until the counts, and of one video the archive, hold what was sent, and checks that neither holds more. */
async function checkCounts(url: string, sent: readonly Request[]): Promise<void> {
  for (const tenant of TENANTS) {
    for (let i = 0; i < VIDEOS; i++) {
      const video = `v${i}`
      const own = sent.filter((request) => request.tenant === tenant)
      const expected = own.reduce((sum, { good }) => sum + (good.get(video) ?? 0), 0)
      const counted = async () => (await ask(url, tenant, statsOf(video)))?.value ?? 0
      const archived = async () => {
        const rows = (await ask(url, tenant, breakdownOf(video)))?.rows ?? []
        return rows.reduce((sum, { value }) => sum + value, 0)
      }
      for (const found of i === 0 ? [counted, archived] : [counted]) {
        let last = 0
        await until(`${tenant} has ${expected} ${found.name} of ${video}`, async () => {
          last = await found()
          return last >= expected
        })
        assert.equal(last, expected, `${found.name} of ${tenant}, ${video}`)
      }
    }
  }
}

test('with two workers every event is counted once, also where the process is killed meanwhile', async () => {
  await using directory = await temporaryDirectory()
  const environment = { ...ENVIRONMENT, DATA_DIR: directory.path }
  await using first = new StandaloneChild(environment, TWO)
  let current: StandaloneChild = first
  const requests = Array.from({ length: 60 }, (_, number) => requestOf(number))
  const killAfter = requests.length / 2
  let acknowledged = 0
  let isKilled = false
  const failed: number[] = []
  await using stack = new AsyncDisposableStack()
  const send = async (some: readonly Request[]) => {
    for (const [i, request] of some.entries()) {
      failed.push(...(await deliver(() => current.url(), request)))
      if (i % 3 === 0) failed.push(...(await deliver(() => current.url(), request))) // the whole request once more
      acknowledged++
      if (acknowledged < killAfter || isKilled) continue
      isKilled = true
      await first.kill('SIGKILL')
      current = stack.use(new StandaloneChild(environment, TWO))
    }
  }
  const connections = 6
  await Promise.all(
    Array.from({ length: connections }, (_, at) => send(requests.filter((_, i) => i % connections === at))),
  )
  assert.ok(isKilled)
  assert.ok(failed.includes(0), 'some requests were on their way when the process was killed')
  await checkCounts(await current.url(), requests)
  const { code, errors } = await current.kill('SIGTERM')
  assert.deepEqual({ code, errors }, { code: 0, errors: '' })
})

test('the limit of a tenant is one for all workers, and takes nothing from another', async () => {
  await using directory = await temporaryDirectory()
  const perSecond = 5 * EVENTS
  await using server = new StandaloneChild(
    { ...ENVIRONMENT, DATA_DIR: directory.path, EVENTS_PER_SECOND_MAX: String(perSecond) },
    TWO,
  )
  const url = await server.url()
  const startedMs = performance.now()
  const burst = Array.from({ length: 20 }, (_, i) => requestOf(2 * i))
  const answers = await Promise.all(burst.map((request) => post(url, request)))
  const seconds = (performance.now() - startedMs) / 1_000
  const taken = answers.filter(({ status }) => status === 202).length
  assert.ok(taken >= 5 && taken * EVENTS <= perSecond * (1 + seconds) + EVENTS, `${taken} in ${seconds} s`)
  for (const { status, headers } of answers) {
    assert.ok([202, 429].includes(status))
    if (status === 429) assert.ok(headers.has('retry-after'))
  }
  assert.equal((await post(url, requestOf(1))).status, 202)
  await Promise.all(burst.map((request) => deliver(() => server.url(), request)))
  await checkCounts(url, [...burst, requestOf(1)])
})

test('metrics, ids of requests and keys are those of one process', async () => {
  await using directory = await temporaryDirectory()
  await using server = new StandaloneChild({ ...ENVIRONMENT, DATA_DIR: directory.path, WORKERS: '3' })
  const url = await server.url()
  const requests = Array.from({ length: 12 }, (_, i) => requestOf(i))
  const answers = await Promise.all(requests.map((request) => post(url, request)))
  const ids = answers.map(({ headers }) => headers.get('x-request-id'))
  assert.equal(new Set(ids).size, requests.length)
  const headers = { ...headersOf('a'), 'x-request-id': 'mine', 'x-api-key': 'wrong' }
  const { body } = requests[0]!
  const refused = await fetch(`${url}/v1/events`, { method: 'POST', headers, body })
  assert.deepEqual([refused.status, refused.headers.get('x-request-id')], [403, 'mine'])
  const metrics = await (await fetch(`${url}/metrics`)).text()
  const accepted = requests.length * (EVENTS - EVENTS / BAD_EVERY)
  assert.match(metrics, new RegExp(`^tally_events_accepted_total{lane="events"} ${accepted}$`, 'm'))
  assert.match(metrics, /^tally_events_rejected_total{code="invalid_id"} 144$/m)
  assert.match(metrics, /^tally_event_requests_total{status="202"} 12$/m)
  assert.match(metrics, /^tally_in_flight_bytes 0$/m)
})

test('a stop finishes what it has taken, and leaves nothing of it uncounted', async () => {
  await using directory = await temporaryDirectory()
  const environment = { ...ENVIRONMENT, DATA_DIR: directory.path }
  const requests = Array.from({ length: 24 }, (_, i) => requestOf(i))
  const taken: Request[] = []
  {
    await using server = new StandaloneChild(environment, TWO)
    const url = await server.url()
    await post(url, requests[0]!)
    const sending = requests.map(async (request) => {
      const answer = await post(url, request).catch(() => null)
      if (answer?.status === 202) taken.push(request)
      else assert.ok([undefined, 503].includes(answer?.status))
    })
    const ended = server.kill('SIGTERM')
    await Promise.all(sending)
    assert.deepEqual(await ended, { code: 0, signal: null, errors: '' })
  }
  await using server = new StandaloneChild(environment, TWO)
  await checkCounts(await server.url(), taken.includes(requests[0]!) ? taken : [...taken, requests[0]!])
})

test('a number of workers that cannot be is refused, on the command line and in the environment', async () => {
  await using flag = new StandaloneChild({}, ['--workers', '65'])
  const misused = await flag.ended
  assert.equal(misused.code, 2)
  assert.match(misused.errors, /--workers must be a whole number from 1 to 64/)
  await using variable = new StandaloneChild({ WORKERS: 'all' })
  const { code, errors } = await variable.ended
  assert.equal(code, 1)
  assert.match(errors, /WORKERS must be a whole number from 1 to 64, not "all"/)
})

test('what one worker has written another number of them goes on with', async () => {
  await using directory = await temporaryDirectory()
  const environment = { ...ENVIRONMENT, DATA_DIR: directory.path }
  const requests = Array.from({ length: 6 }, (_, i) => requestOf(i))
  for (const [i, workers] of ['1', '2'].entries()) {
    await using server = new StandaloneChild(environment, ['--workers', workers])
    const url = await server.url()
    const some = requests.slice(0, 3 * (i + 1)) // the earlier ones once more: their copies are known
    await Promise.all(some.map((request) => deliver(async () => url, request)))
    await checkCounts(url, some)
    await server.kill('SIGKILL')
  }
  assert.ok((await readdir(join(directory.path, 'archive'))).length > 0)
})
