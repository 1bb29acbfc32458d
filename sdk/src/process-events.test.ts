import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ClientOptions, createClient } from './client.ts'
import { TallyError, type TallyErrorCode } from './errors.ts'
import type { TallyEvent } from './event.ts'
import { type PatientRuntime, patientRuntime } from './patient-runtime.ts'
import { acceptAll, type Reply, type Seen, scriptedServer } from './scripted-server.ts'

const OVERLOADED: Reply = { status: 503, json: { detail: 'too much to do' }, headers: { 'retry-after': '2' } }

/** A platform on which waiting takes no time, and which remembers how long it should have taken. */
function instant(): PatientRuntime & { readonly slept: number[] } {
  const slept: number[] = []
  let passedMs = 0
  return {
    ...patientRuntime,
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
  await checkFailure('hang', 'timeout', 3, { timeoutMs: 1_000 }) // enough for a busy machine to be asked
  await checkFailure({ status: 400, json: {} }, 'bad_request', 1)
  await checkFailure({ status: 401, json: {} }, 'unauthorized', 1)
  await checkFailure({ status: 403, json: {} }, 'forbidden', 1)
  await checkFailure({ status: 404, json: {} }, 'bad_request', 1)
  await checkFailure({ status: 415, json: {} }, 'unsupported_media_type', 1)
  await checkFailure({ status: 501, json: {} }, 'not_implemented', 1)
  await checkFailure({ status: 202 }, 'bad_response', 3)
  await checkFailure({ status: 202, json: { hello: 1 } }, 'bad_response', 3)
  const beyond = { accepted: 1, late: 0, rejected: [{ index: 2, code: 'x', detail: '' }] }
  await checkFailure({ status: 202, json: beyond }, 'bad_response', 3)
  await checkFailure({ status: 302, headers: { location: '/login' } }, 'redirected', 3)
})

test('no attempt begins after the deadline', async () => {
  await checkFailure(OVERLOADED, 'overloaded', 2, { retry: { attemptsMax: 100, deadlineMs: 4_000 } })
})

async function checkOpen(answer: (request: Seen, nth: number) => Reply, requests: number, open: number[]) {
  await using server = await scriptedServer(answer)
  const client = createClient({ url: server.url, concurrency: 1, retry: { attemptsMax: 2 } }, instant())
  const error = await failureOf(client.processEvents(views(20_000)))
  assert.equal(server.seen.length, requests)
  const batches = new Set(error.unresolved.map(({ index }) => Math.floor(index / 1_000)))
  assert.deepEqual([...batches], open)
  assert.equal(error.unresolved.length, open.length * 1_000)
  assert.equal(error.answered!.accepted, 20_000 - error.unresolved.length)
}

const from = (first: number) => Array.from({ length: 20 - first }, (_, at) => first + at)

test('a refused batch concerns itself alone, until so many are refused that all will be', async () => {
  await checkOpen((request, nth) => (nth === 8 ? { status: 403 } : acceptAll(request)), 20, [8])
  await checkOpen(
    (request, nth) => (nth % 2 ? { status: 400 } : acceptAll(request)),
    20,
    [1, 3, 5, 7, 9, 11, 13, 15, 17, 19],
  )
  await checkOpen(() => ({ status: 401 }), 5, from(0))
  await checkOpen((request, nth) => (nth >= 8 ? { status: 401 } : acceptAll(request)), 13, from(8))
})

test('after a batch that got no answer nothing more is sent', async () => {
  await checkOpen((request, nth) => (nth >= 8 ? 'cut' : acceptAll(request)), 10, from(8))
})

test('a batch that breaks the server is left alone where the others are answered meanwhile', async () => {
  await using server = await scriptedServer((request) =>
    request.body.includes('"v1500"') ? { status: 500 } : acceptAll(request),
  )
  const client = createClient({ url: server.url, concurrency: 2, retry: { delayBaseMs: 1 } })
  const error = await failureOf(client.processEvents(views(9_000)))
  assert.deepEqual(
    [error.code, error.unresolved.length, error.answered!.accepted],
    ['server_error', 1_000, 8_000],
  )
})

test('what was rejected is told, even if another batch fails', async () => {
  await using server = await scriptedServer((request) =>
    request.body.includes('"v1500"') ? { status: 400 } : picky(request),
  )
  const client = createClient({ url: server.url })
  const error = await failureOf(client.processEvents(views(3_000)))
  assert.equal(error.unresolved.length, 1_000)
  assert.deepEqual(
    error.answered!.rejected.map(({ index }) => index),
    Array.from({ length: 3_000 }, (_, at) => at).filter((at) => at % 7 === 0 && Math.floor(at / 1_000) !== 1),
  )
})

/** Takes at most `max` events, and none of which the text is too long. */
function narrow(max: number): (request: Seen) => Reply {
  return (request) => {
    const events = JSON.parse(request.body) as TallyEvent[]
    const isLong = events.some((event) => event.viewerId !== undefined)
    return events.length > max || isLong ? { status: 413, json: {} } : acceptAll(request)
  }
}

test('a body that is too large is halved, down to the event that is too large by itself', async () => {
  await using server = await scriptedServer(narrow(10))
  const events = views(300)
  events[123] = { ...events[123]!, viewerId: 'too long for this server' }
  const client = createClient({ url: server.url })
  const { accepted, rejected } = await client.processEvents(events)
  assert.equal(accepted, 299)
  assert.deepEqual(
    rejected.map(({ index, code }) => [index, code]),
    [[123, 'too_large']],
  )
  assert.ok(server.seen.length < 300, `${server.seen.length} requests`)
})

test('a size that was too large is not tried again by the same call', async () => {
  await using server = await scriptedServer(narrow(500))
  const client = createClient({ url: server.url, concurrency: 1 })
  assert.equal((await client.processEvents(views(4_000))).accepted, 4_000)
  const sizes = server.seen.map(({ body }) => JSON.parse(body).length)
  assert.equal(sizes.filter((size) => size > 500).length, 1, String(sizes))
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

const thrower = {
  videoId: 'v',
  get type(): string {
    throw new Error('no type today')
  },
}
const cyclic: Record<string, unknown> = { videoId: 'v', type: 'view' }
cyclic.attributes = { cyclic }
const UNWRITABLE: readonly unknown[] = [
  undefined,
  null,
  'view',
  7,
  ['v', 'view'],
  () => {},
  { videoId: 'v', type: 'view', value: 1n },
  cyclic,
  thrower,
  { toJSON: () => undefined },
  { toJSON: () => 'text' },
  {
    toJSON: () => {
      throw Object.create(null)
    },
  },
]

test('an event that cannot be written is rejected by its index, and its neighbours are sent', async () => {
  await using server = await scriptedServer(acceptAll)
  const [good] = views(1)
  const events = UNWRITABLE.flatMap((odd) => [odd as TallyEvent, good!])
  const { accepted, rejected } = await createClient({ url: server.url }).processEvents(events)
  assert.equal(accepted, UNWRITABLE.length)
  assert.deepEqual(
    rejected.map(({ index, code }) => [index, code]),
    UNWRITABLE.map((_, at) => [at * 2, 'invalid_event']),
  )
})

test('a hole in the list is rejected by its index', async () => {
  await using server = await scriptedServer(acceptAll)
  const events = views(3)
  delete events[1]
  const { accepted, rejected } = await createClient({ url: server.url }).processEvents(events)
  assert.deepEqual([accepted, rejected.map(({ index }) => index)], [2, [1]])
})

test('any list of events will do, and what is none is refused before anything is sent', async () => {
  await using server = await scriptedServer(acceptAll)
  const client = createClient({ url: server.url })
  const process = async (events: unknown) => (await client.processEvents(events as TallyEvent[])).accepted
  assert.equal(await process(new Set(views(3))), 3)
  assert.equal(await process(views(4).values()), 4)
  assert.equal(await process({ ...views(2), length: 2 }), 2)
  const sent = server.seen.length
  for (const none of [null, undefined, 7, 'view', {}, views(1)[0], () => {}]) {
    await assert.rejects(process(none), { code: 'invalid_argument' }, String(none))
  }
  assert.equal(server.seen.length, sent)
})

test('a list may be emptied, and an event changed, while the call is under way', async () => {
  await using server = await scriptedServer(acceptAll)
  const events = views(10_000)
  const call = createClient({ url: server.url }).processEvents(events)
  Object.assign(events[0]!, { videoId: 'changed' })
  events.length = 0
  assert.equal((await call).accepted, 10_000)
  assert.ok(server.seen.every(({ body }) => !body.includes('changed')))
})

async function checkValue(value: number, expected: number) {
  await using server = await scriptedServer(acceptAll)
  await createClient({ url: server.url }).processEvents(views(1, { value }))
  assert.equal(JSON.parse(server.seen[0]!.body)[0].value, expected)
}

test('a value is rounded to thousandths, unless the client is strict', async () => {
  await checkValue(12.345678, 12.346)
  await checkValue(0.1 + 0.2, 0.3)
  await using server = await scriptedServer(acceptAll)
  const strict = createClient({ url: server.url, strict: true })
  const { accepted, rejected } = await strict.processEvents([...views(1, { value: 1.2345 }), ...views(1)])
  assert.equal(accepted, 1)
  assert.deepEqual(rejected, [
    { index: 0, code: 'invalid_value', detail: '1.2345 has more than 3 decimal places' },
  ])
})

test('a listener that throws costs no event', async () => {
  await using server = await scriptedServer((request, nth) => (nth === 0 ? 'cut' : acceptAll(request)))
  const onRetry = () => {
    throw new Error('listener')
  }
  const client = createClient({ url: server.url, onRetry }, instant())
  assert.equal((await client.processEvents(views(1))).accepted, 1)
})

test('gzip travels with its header', async () => {
  await using server = await scriptedServer(acceptAll)
  const client = createClient({ url: server.url, gzipMinChars: 1_000 })
  assert.equal((await client.processEvents(views(100))).accepted, 100)
  assert.equal(server.seen[0]!.headers['content-encoding'], 'gzip')
  assert.equal((await client.processEvents(views(1))).accepted, 1)
  assert.equal(server.seen[1]!.headers['content-encoding'], undefined)
})
