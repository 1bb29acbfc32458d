import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient } from './client.ts'
import { acceptAll, type Reply, scriptedServer } from './scripted-server.ts'

const OVERLOADED: Reply = { status: 503, json: { detail: 'too much to do' } }
const EVENTS = [{ videoId: 'v', type: 'view' }]

test('each request belongs to the trace that the program names at that moment', async () => {
  await using server = await scriptedServer((request, nth) => (nth === 0 ? OVERLOADED : acceptAll(request)))
  const contexts = ['1', '2'].map((digit) => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`)
  const named = [...contexts]
  const retry = { delayBaseMs: 1, delayCapMs: 1 }
  const client = createClient({ url: server.url, retry, traceparent: () => named.shift() })
  for (const _ of [1, 2]) assert.equal((await client.processEvents(EVENTS)).accepted, 1)
  assert.deepEqual(
    server.seen.map(({ headers }) => headers.traceparent),
    [...contexts, undefined],
  )
  assert.ok(server.seen.every(({ headers }) => headers['content-type'] === 'application/json'))
})

test('what is no context, or fails, costs no event', async () => {
  await using server = await scriptedServer(acceptAll)
  const broken: unknown[] = ['', 'x', 'a\nb', 7, null, {}, `00-${'g'.repeat(32)}-${'1'.repeat(16)}-01`]
  const failing = () => {
    throw new Error('no tracer')
  }
  for (const traceparent of [...broken.map((given) => () => given as string), failing]) {
    const client = createClient({ url: server.url, traceparent })
    assert.equal((await client.processEvents(EVENTS)).accepted, 1)
  }
  assert.ok(server.seen.every(({ headers }) => headers.traceparent === undefined))
})
