import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Client, createClient } from './client.ts'
import { TallyError } from './errors.ts'
import { type Reply, scriptedServer } from './scripted-server.ts'

const META = { asOf: '2026-11-21T08:00:00Z', complete: true, reconciled: false, stale: false }
const ANSWER: Reply = { status: 200, json: { value: 7, types: {}, meta: META } }

async function checkPath(call: (client: Client) => Promise<unknown>, expected: string) {
  await using server = await scriptedServer(() => ANSWER)
  await call(createClient({ url: `${server.url}/` }))
  assert.equal(server.seen[0]!.path, expected)
}

test('a call becomes the address that the contract names', async () => {
  await checkPath(
    (client) => client.getStats('v1', 'view', 'count'),
    '/v1/videos/v1/stats?eventType=view&function=count',
  )
  await checkPath(
    (client) => client.getStats('a/b ü', 'like', 'average', 0, new Date(60_000)),
    '/v1/videos/a%2Fb%20%C3%BC/stats?eventType=like&function=average&startTime=0' +
      '&endTime=1970-01-01T00%3A01%3A00.000Z',
  )
  await checkPath(
    (client) =>
      client.getStats('v', 'view', 'sum', undefined, '2026-11-21T08:00:00+01:00', {
        granularity: 'P1D',
        timeZone: 'Europe/Berlin',
      }),
    '/v1/videos/v/stats?eventType=view&function=sum&endTime=2026-11-21T08%3A00%3A00%2B01%3A00' +
      '&granularity=P1D&timeZone=Europe%2FBerlin',
  )
  await checkPath((client) => client.getSummary('v'), '/v1/videos/v/summary')
  await checkPath((client) => client.getSummary('v', 1, 2), '/v1/videos/v/summary?startTime=1&endTime=2')
})

test('the answer comes back as it is', async () => {
  await using server = await scriptedServer(() => ANSWER)
  const stats = await createClient({ url: server.url }).getStats('v', 'view', 'count')
  assert.deepEqual(stats, { value: 7, types: {}, meta: META })
})

async function checkCode(call: (client: Client) => Promise<unknown>, code: string, reply = ANSWER) {
  await using server = await scriptedServer(() => reply)
  await assert.rejects(call(createClient({ url: server.url })), (error) => {
    assert.ok(error instanceof TallyError)
    assert.equal(error.code, code)
    return true
  })
}

test('a refusal carries the problem that the server sent', async () => {
  const problem = { type: 'urn:tally:problem:invalid-request', title: 'no', detail: 'function is unknown' }
  await using server = await scriptedServer(() => ({ status: 400, json: problem }))
  const call = createClient({ url: server.url }).getStats('v', 'view', 'count')
  await assert.rejects(call, { code: 'bad_request', status: 400, problem, message: /function is unknown/ })
})

test('what cannot be asked fails without a request', async () => {
  for (const videoId of ['', '.', '..', '\ud800']) {
    await checkCode((client) => client.getStats(videoId, 'view', 'count'), 'invalid_argument')
  }
  await checkCode((client) => client.getSummary('v', new Date(Number.NaN)), 'invalid_argument')
})

test('an answer that is not of this contract is told apart', async () => {
  await checkCode((client) => client.getSummary('v'), 'bad_response', { status: 200, json: [] })
  await checkCode((client) => client.getStats('v', 'view', 'sum'), 'bad_response', {
    status: 200,
    json: { meta: META },
  })
})

test('a url that is none is refused when the client is made', () => {
  for (const url of ['', 'localhost:8080', 'ftp://localhost', '/v1']) {
    assert.throws(() => createClient({ url }), { code: 'invalid_argument' }, url)
  }
  assert.throws(() => createClient({ url: 'http://h', concurrency: 0 }), { code: 'invalid_argument' })
})
