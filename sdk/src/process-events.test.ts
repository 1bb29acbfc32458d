import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ClientOptions, createClient } from './client.ts'
import { TallyError, type TallyErrorCode } from './errors.ts'
import type { TallyEvent } from './event.ts'
import { platformRuntime, type Runtime } from './runtime.ts'
import { acceptAll, type Reply, type Seen, scriptedServer } from './scripted-server.ts'

const OVERLOADED: Reply = { status: 503, json: { detail: 'too much to do' }, headers: { 'retry-after': '2' } }

/** A platform on which waiting takes no time, and which remembers how long it should have taken. */
function instant(): Runtime & { readonly slept: number[] } {
  const slept: number[] = []
  let passedMs = 0
  return {
    ...platformRuntime,
    slept,
    random: () => 0.5,
    monotonicMs: () => passedMs,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted()
      passedMs += ms
      slept.push(ms)
    },
  }
}

function views(count: number, given: Partial<TallyEvent> = {}): TallyEvent[] {
  return Array.from({ length: count }, (_, at) => ({ videoId: `v${at}`, type: 'view', ...given }))
}

async function failureOf(call: Promise<unknown>): Promise<TallyError> {
  const error = await call.then(
    () => assert.fail('the call succeeded'),
    (error: unknown) => error,
  )
  assert.ok(error instanceof TallyError, String(error))
  return error
}

test('id and time are made once, and every attempt sends the same bytes', async () => {
  await using server = await scriptedServer((request, nth) =>
    nth === 0 ? OVERLOADED : nth === 1 ? 'cut' : acceptAll(request),
  )
  const runtime = instant()
  const result = await createClient({ url: server.url }, runtime).processEvents(views(3))
  assert.deepEqual(result, { accepted: 3, late: 0, rejected: [] })
  assert.equal(server.seen.length, 3)
  assert.equal(new Set(server.seen.map((request) => request.body)).size, 1)
  assert.deepEqual(runtime.slept, [2_050, 100], 'Retry-After is honoured')
  const sent = JSON.parse(server.seen[0]!.body) as TallyEvent[]
  assert.equal(new Set(sent.map((event) => event.id)).size, 3)
  for (const event of sent) assert.equal(typeof event.time, 'number')
})

test('ids and times that are given travel as they are', async () => {
  await using server = await scriptedServer(acceptAll)
  const time = new Date('2026-11-21T08:00:00.123Z')
  await createClient({ url: server.url, apiKey: 'k' }).processEvents([
    { videoId: 'v', type: 'view', id: 'mine', time, value: 1.5 },
  ])
  assert.deepEqual(JSON.parse(server.seen[0]!.body), [
    { videoId: 'v', type: 'view', id: 'mine', time: '2026-11-21T08:00:00.123Z', value: 1.5 },
  ])
  assert.equal(server.seen[0]!.headers.authorization, 'Bearer k')
})

test('an empty list needs no request', async () => {
  const client = createClient({ url: 'http://127.0.0.1:9' })
  assert.deepEqual(await client.processEvents([]), { accepted: 0, late: 0, rejected: [] })
})

/** Rejects videos whose number divides by 7 and calls those that divide by 5 late. */
function picky(request: Seen): Reply {
  const events = JSON.parse(request.body) as TallyEvent[]
  const numbers = events.map((event) => Number(event.videoId.slice(1)))
  const rejected = numbers.flatMap((number, index) =>
    number % 7 === 0 ? [{ index, code: 'invalid_video_id', detail: 'no' }] : [],
  )
  const late = numbers.filter((number) => number % 7 !== 0 && number % 5 === 0).length
  const accepted = events.length - rejected.length
  return { status: accepted === 0 ? 422 : 202, json: { accepted, late, rejected } }
}

test('the answers of several requests are merged under the indexes of the list', async () => {
  await using server = await scriptedServer(picky)
  const result = await createClient({ url: server.url, concurrency: 3 }).processEvents(views(3_500))
  assert.equal(server.seen.length, 4)
  assert.equal(result.accepted, 3_000)
  assert.equal(result.late, 600)
  assert.deepEqual(
    result.rejected.map((rejection) => rejection.index),
    Array.from({ length: 500 }, (_, at) => at * 7),
  )
})

test('422 is a result: every event rejected', async () => {
  await using server = await scriptedServer(picky)
  const result = await createClient({ url: server.url }).processEvents(views(1))
  assert.equal(result.accepted, 0)
  assert.deepEqual(result.rejected, [{ index: 0, code: 'invalid_video_id', detail: 'no' }])
})

test('an event that cannot be taken is rejected here, and its neighbours travel', async () => {
  await using server = await scriptedServer(acceptAll)
  const [good] = views(1)
  const events: TallyEvent[] = [
    { ...good!, attributes: { text: 'x'.repeat(40_000) } },
    good!,
    { ...good!, value: Number.NaN },
    { ...good!, time: new Date(Number.NaN) },
  ]
  const result = await createClient({ url: server.url }).processEvents(events)
  assert.equal(result.accepted, 1)
  assert.deepEqual(
    result.rejected.map(({ index, code }) => [index, code]),
    [
      [0, 'too_large'],
      [2, 'invalid_value'],
      [3, 'invalid_time'],
    ],
  )
})

async function checkFailure(reply: Reply, code: TallyErrorCode, attempts: number, options = {}) {
  await using server = await scriptedServer(() => reply)
  const settings: ClientOptions = { url: server.url, retry: { attemptsMax: 3 }, ...options }
  const error = await failureOf(createClient(settings, instant()).processEvents(views(2)))
  assert.equal(error.code, code)
  assert.equal(server.seen.length, attempts, code)
  assert.deepEqual(
    error.unresolved.map((open) => open.index),
    [0, 1],
  )
  assert.deepEqual(
    error.unresolved.map((open) => open.event),
    JSON.parse(server.seen[0]!.body),
    'the open events keep the id and time under which they were sent',
  )
}

test('what passes is tried again, and what does not is not', async () => {
  await checkFailure(OVERLOADED, 'overloaded', 3)
  await checkFailure({ status: 429, json: {} }, 'overloaded', 3)
  await checkFailure({ status: 500, json: {} }, 'server_error', 3)
  await checkFailure({ status: 502 }, 'server_error', 3)
  await checkFailure('cut', 'network', 3)
  await checkFailure('hang', 'timeout', 3, { timeoutMs: 40 })
  await checkFailure({ status: 400, json: {} }, 'bad_request', 1)
  await checkFailure({ status: 401, json: {} }, 'unauthorized', 1)
  await checkFailure({ status: 403, json: {} }, 'forbidden', 1)
  await checkFailure({ status: 404, json: {} }, 'bad_request', 1)
  await checkFailure({ status: 413, json: {} }, 'too_large', 1)
  await checkFailure({ status: 415, json: {} }, 'unsupported_media_type', 1)
  await checkFailure({ status: 202 }, 'bad_response', 1)
  await checkFailure({ status: 202, json: { hello: 1 } }, 'bad_response', 1)
  const beyond = { accepted: 1, late: 0, rejected: [{ index: 2, code: 'x', detail: '' }] }
  await checkFailure({ status: 202, json: beyond }, 'bad_response', 1)
})

test('no attempt begins after the deadline', async () => {
  await checkFailure(OVERLOADED, 'overloaded', 2, { retry: { attemptsMax: 100, deadlineMs: 4_000 } })
})

test('after a failure nothing more is sent, and only what has no answer is open', async () => {
  await using server = await scriptedServer((request, nth) =>
    nth === 1 ? { status: 403 } : acceptAll(request),
  )
  const client = createClient({ url: server.url, concurrency: 1 })
  const error = await failureOf(client.processEvents(views(3_500)))
  assert.equal(server.seen.length, 2)
  assert.equal(error.unresolved.length, 2_500)
  assert.equal(error.unresolved[0]!.index, 1_000)
})

test('an aborted call ends at once and says what is open', async () => {
  const controller = new AbortController()
  await using server = await scriptedServer(() => {
    controller.abort(new Error('enough'))
    return 'hang'
  })
  const client = createClient({ url: server.url })
  const error = await failureOf(client.processEvents(views(1), { signal: controller.signal }))
  assert.equal(error.code, 'aborted')
  assert.equal(error.unresolved.length, 1)
})

test('a call aborted between two attempts ends at once', async () => {
  const controller = new AbortController()
  await using server = await scriptedServer(() => ({ ...OVERLOADED, headers: { 'retry-after': '30' } }))
  const onRetry = () => controller.abort()
  const client = createClient({ url: server.url, onRetry })
  const error = await failureOf(client.processEvents(views(1), { signal: controller.signal }))
  assert.equal(error.code, 'aborted')
  assert.equal(server.seen.length, 1)
})

test('what JSON cannot hold fails before anything is sent', async () => {
  const client = createClient({ url: 'http://127.0.0.1:9' })
  const odd = { videoId: 'v', type: 'view', value: 1n as unknown as number }
  const error = await failureOf(client.processEvents([odd]))
  assert.equal(error.code, 'invalid_argument')
})

test('gzip travels with its header', async () => {
  await using server = await scriptedServer(acceptAll)
  const client = createClient({ url: server.url, gzipMinChars: 1_000 })
  assert.equal((await client.processEvents(views(100))).accepted, 100)
  assert.equal(server.seen[0]!.headers['content-encoding'], 'gzip')
  assert.equal((await client.processEvents(views(1))).accepted, 1)
  assert.equal(server.seen[1]!.headers['content-encoding'], undefined)
})
