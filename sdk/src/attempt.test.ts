import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type Door, jsonOf, type Outcome, sendBatch } from './attempt.ts'
import type { TallyErrorCode } from './errors.ts'
import { followRedirects } from './follow-redirects.ts'
import { platformRuntime } from './runtime.ts'
import { acceptAll, type Reply, type Seen, scriptedServer } from './scripted-server.ts'

const FIVE = { text: jsonOf(Array.from({ length: 5 }, (_, at) => ({ json: `{"id":"e${at}"}` }))), length: 5 }
/** As that of a client which reads, too. */
const RUNTIME = { ...platformRuntime, fetch: followRedirects(platformRuntime.fetch) }

function doorTo(url: string, given: Partial<Door> = {}): Door {
  return { url, headers: {}, runtime: RUNTIME, ...given }
}

type Script = Reply | ((request: Seen, nth: number) => Reply)

async function outcomeOf(
  script: Script,
  attempt: { timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<Outcome> {
  await using server = await scriptedServer(typeof script === 'function' ? script : () => script)
  return await sendBatch(doorTo(server.url), FIVE, attempt.timeoutMs ?? 10_000, attempt.signal)
}

async function checkRetry(script: Script, code: TallyErrorCode, mayBeStored = true, attempt = {}) {
  const outcome = await outcomeOf(script, attempt)
  assert.ok(outcome.kind === 'retry', `${outcome.kind} where ${code} was expected`)
  assert.equal(outcome.error.code, code)
  assert.equal(outcome.mayBeStored, mayBeStored)
}

test('what was written is sent, and the receipt comes back', async () => {
  await using server = await scriptedServer(acceptAll)
  const headers = { authorization: 'Bearer k' }
  const outcome = await sendBatch(doorTo(server.url, { headers }), FIVE, 10_000)
  assert.deepEqual(outcome, { kind: 'answered', accepted: 5, late: 0, rejected: [], offsetMs: 0 })
  const [request] = server.seen
  assert.equal(request!.body, FIVE.text)
  assert.equal(request!.headers.authorization, 'Bearer k')
})

const receipt = (given: object) => ({ accepted: 5, late: 0, rejected: [], ...given })
const refused = (...indexes: unknown[]) =>
  indexes.map((index) => ({ index, code: 'invalid_id', detail: 'no' }))

async function checkUnbelieved(json: unknown, status = 202) {
  await checkRetry({ status, json }, 'bad_response')
}

test('a receipt that does not add up to what was sent is not believed', async () => {
  await checkUnbelieved(receipt({ accepted: 4 }))
  await checkUnbelieved(receipt({ accepted: 6 }))
  await checkUnbelieved(receipt({ accepted: 1e9 }))
  await checkUnbelieved(receipt({ accepted: 4.5, rejected: refused(0) }))
  await checkUnbelieved(receipt({ accepted: '5' }))
  await checkUnbelieved(receipt({ accepted: 0, rejected: refused(0, 0, 0, 0, 0) }))
  await checkUnbelieved(receipt({ accepted: -1, rejected: refused(0, 1, 2, 3, 4) }), 422)
  await checkUnbelieved(receipt({ accepted: 4, rejected: refused(5) }))
  await checkUnbelieved(receipt({ accepted: 4, rejected: refused(-1) }))
  await checkUnbelieved(receipt({ accepted: 4, rejected: refused('0') }))
  await checkUnbelieved(receipt({ accepted: 4, rejected: [{ index: 0 }] }))
  await checkUnbelieved(receipt({ accepted: 4, rejected: [null] }))
  await checkUnbelieved(receipt({ late: 6 }))
  await checkUnbelieved(receipt({ late: -1 }))
  await checkUnbelieved(receipt({ late: undefined }))
  await checkUnbelieved(receipt({ rejected: undefined }))
  await checkUnbelieved(receipt({}), 422)
  await checkUnbelieved([])
  await checkUnbelieved(null)
})

test('of an event that is refused twice the first reason stays', async () => {
  const twice = [...refused(3), { index: 3, code: 'invalid_type', detail: '' }]
  const outcome = await outcomeOf({ status: 202, json: receipt({ accepted: 4, rejected: twice }) })
  assert.ok(outcome.kind === 'answered')
  assert.deepEqual(outcome.rejected, refused(3))
})

test('an answer that is not one of Tally is no delivery', async () => {
  await checkRetry({ status: 200, text: '<html>Welcome to the hotel</html>' }, 'bad_response')
  await checkRetry({ status: 200, json: receipt({}) }, 'bad_response')
  await checkRetry({ status: 204, text: '' }, 'bad_response')
  await checkRetry({ status: 202, text: 'OK' }, 'bad_response')
})

test('what may pass is tried again, and only 429 says that nothing is stored', async () => {
  await checkRetry({ status: 429 }, 'overloaded', false)
  await checkRetry({ status: 503 }, 'overloaded')
  await checkRetry({ status: 425 }, 'overloaded')
  await checkRetry({ status: 408 }, 'timeout')
  await checkRetry({ status: 500 }, 'server_error')
  await checkRetry({ status: 502 }, 'server_error')
  await checkRetry('cut', 'network')
  await checkRetry('hang', 'timeout', true, { timeoutMs: 50 })
})

async function checkFinal(status: number, kind: Outcome['kind'], code: TallyErrorCode) {
  const outcome = await outcomeOf({ status, json: { detail: 'because' } })
  assert.equal(outcome.kind, kind, `${status}`)
  assert.ok('error' in outcome)
  assert.equal(outcome.error.code, code)
  assert.equal(outcome.error.status, status)
  assert.match(outcome.error.message, /because/)
}

test('what does not pass is refused, each kind under its own code', async () => {
  await checkFinal(400, 'refused', 'bad_request')
  await checkFinal(401, 'refused', 'unauthorized')
  await checkFinal(403, 'refused', 'forbidden')
  await checkFinal(404, 'refused', 'bad_request')
  await checkFinal(415, 'refused', 'unsupported_media_type')
  await checkFinal(501, 'refused', 'not_implemented')
  await checkFinal(505, 'refused', 'not_implemented')
  await checkFinal(413, 'too_large', 'too_large')
})

async function checkRetryAfter(headers: Record<string, string>, afterMs: number) {
  const outcome = await outcomeOf({ status: 503, headers })
  assert.ok(outcome.kind === 'retry')
  assert.equal(outcome.afterMs, afterMs)
}

test('Retry-After is read by the clock of the server that wrote it', async () => {
  await checkRetryAfter({ 'retry-after': '7' }, 7_000)
  const date = 'Thu, 01 Jan 2015 00:00:00 GMT'
  await checkRetryAfter({ date, 'retry-after': 'Thu, 01 Jan 2015 00:00:09 GMT' }, 9_000)
  await checkRetryAfter({ date, 'retry-after': date }, 0)
})

test('only 307 and 308 to the same origin are followed, with the same method and bytes', async () => {
  for (const status of [307, 308]) {
    await using server = await scriptedServer((request) =>
      request.path === '/moved' ? acceptAll(request) : { status, headers: { location: '/moved' } },
    )
    const outcome = await sendBatch(doorTo(server.url), FIVE, 10_000)
    assert.equal(outcome.kind, 'answered')
    assert.deepEqual([server.seen[1]!.method, server.seen[1]!.body], ['POST', server.seen[0]!.body])
  }
})

test('no other redirect is followed or believed, and nothing is sent to another origin', async () => {
  await using other = await scriptedServer(() => ({ status: 202, json: receipt({}) }))
  const to = (location: string) => (status: number) => ({ status, headers: { location } })
  for (const status of [301, 302, 303]) await checkRetry(to('/login')(status), 'redirected')
  for (const status of [301, 302, 303, 307, 308]) await checkRetry(to(other.url)(status), 'redirected')
  await checkRetry(to('/v1/events')(307), 'redirected')
  await checkRetry(to('http://:')(307), 'redirected')
  await checkRetry({ status: 307 }, 'redirected')
  assert.equal(other.seen.length, 0)
})

async function checkFetched(response: Partial<Response>, code: TallyErrorCode) {
  const fetch = async () => response as Response
  const door = doorTo('http://tally.example', { runtime: { ...platformRuntime, fetch } })
  const outcome = await sendBatch(door, FIVE, 10_000)
  assert.ok(outcome.kind === 'retry', outcome.kind)
  assert.equal(outcome.error.code, code)
}

test('a client for pages alone follows no redirect', async () => {
  const moved: Reply = { status: 308, headers: { location: '/moved' } }
  await using server = await scriptedServer((request) =>
    request.path === '/moved' ? acceptAll(request) : moved,
  )
  const door = doorTo(server.url, { runtime: platformRuntime })
  const outcome = await sendBatch(door, FIVE, 10_000)
  assert.ok(outcome.kind === 'retry')
  assert.equal(outcome.error.code, 'redirected')
})

test('a redirect that the platform hides or has followed is noticed', async () => {
  const text = async () => JSON.stringify(receipt({}))
  const answer = { status: 202, headers: new Headers(), body: null, text }
  await checkFetched({ ...answer, type: 'opaqueredirect', status: 0 }, 'redirected')
  await checkFetched({ ...answer, redirected: true, url: 'http://tally.example/v1/events' }, 'redirected')
  await checkFetched({ ...answer, url: 'http://login.example/' }, 'redirected')
  await checkFetched({ ...answer, text: async () => ' '.repeat(300_000) }, 'bad_response')
})

test('an answer is read up to 256 KiB, inflated', async () => {
  const padded = (bytes: number) => JSON.stringify(receipt({})).padEnd(bytes)
  const headers = { 'content-encoding': 'gzip' }
  const gzipped = (bytes: number) => ({ status: 202, text: gzipSync(padded(bytes)), headers })
  assert.equal((await outcomeOf(gzipped(256 * 1_024))).kind, 'answered')
  await checkRetry(gzipped(256 * 1_024 + 1), 'bad_response')
  await checkRetry({ status: 202, text: padded(256 * 1_024), stuck: true }, 'timeout', true, {
    timeoutMs: 200,
  })
  const flood = { status: 202, text: ' '.repeat(1_024 * 1_024), stuck: true }
  await checkRetry(flood, 'bad_response') // does not wait for the end
})

test('300 MiB of blanks, gzipped, are not inflated', async () => {
  const mebibyte = gzipSync(Buffer.alloc(1_024 * 1_024, ' '))
  const text = Buffer.concat(Array(300).fill(mebibyte))
  const before = process.memoryUsage().rss
  await checkRetry({ status: 202, text, headers: { 'content-encoding': 'gzip' } }, 'bad_response')
  const grown = process.memoryUsage().rss - before
  assert.ok(grown < 150 * 1_024 * 1_024, `${grown >> 20} MiB`)
})

test('the deadline holds while the body is read, and where fetch pays no heed to its signal', async () => {
  await checkRetry({ status: 202, text: '{"accepted":5,', stuck: true }, 'timeout', true, { timeoutMs: 100 })
  const runtime = { ...platformRuntime, fetch: () => new Promise<Response>(() => {}) }
  const door = doorTo('http://tally.example', { runtime })
  const outcome = await sendBatch(door, FIVE, 20)
  assert.ok(outcome.kind === 'retry')
  assert.equal(outcome.error.code, 'timeout')
})

test('an aborted attempt says so, whenever it is aborted', async () => {
  const aborted = AbortSignal.abort(new Error('enough'))
  assert.equal((await outcomeOf('hang', { signal: aborted })).kind, 'aborted')
  const controller = new AbortController()
  const abortAndHang = () => {
    controller.abort(new Error('enough'))
    return 'hang' as const
  }
  const outcome = await outcomeOf(abortAndHang, { signal: controller.signal })
  assert.ok(outcome.kind === 'aborted')
  assert.equal((outcome.error.cause as Error).message, 'enough')
})

test('the offset of the clock comes from the answer', async () => {
  const date = new Date(Date.now() + 3_600_000).toUTCString()
  const outcome = await outcomeOf((request) => ({
    ...(acceptAll(request) as object),
    status: 202,
    headers: { date },
  }))
  assert.ok(outcome.kind === 'answered')
  assert.ok(Math.abs(outcome.offsetMs! - 3_600_000) < 60_000, String(outcome.offsetMs))
})
