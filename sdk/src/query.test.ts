import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient } from './client.ts'
import { type Reply, scriptedServer } from './scripted-server.ts'

const META = { asOf: '2026-11-21T08:00:00Z', complete: true, reconciled: false, stale: false }
const ANSWER: Reply = { status: 200, json: { rows: [{ values: { count: 7 } }], meta: META } }
const ASKED = { videoIds: ['a'], eventTypes: 'view' } as const

test('a query travels as it is asked, with dates as text', async () => {
  await using server = await scriptedServer(() => ANSWER)
  const asked = { ...ASKED, startTime: new Date(0), endTime: 60_000, orderBy: '-count', limit: 3 } as const
  const { rows } = await createClient({ url: server.url }).query(asked)
  const [{ method, path, headers, body }] = server.seen as [(typeof server.seen)[number]]
  assert.deepEqual([method, path, headers['content-type']], ['POST', '/v1/query', 'application/json'])
  assert.deepEqual(JSON.parse(body), { ...asked, startTime: '1970-01-01T00:00:00.000Z' })
  assert.deepEqual(rows, [{ values: { count: 7 } }])
})

test('a query may be about a channel or all videos', async () => {
  await using server = await scriptedServer(() => ANSWER)
  const client = createClient({ url: server.url })
  await client.query({ channelId: 'Pets', eventTypes: 'view', groupBy: 'video' })
  await client.query({ site: true, eventTypes: 'view' })
  // @ts-expect-error it is about one of them
  await client.query({ site: true, channelId: 'Pets', eventTypes: 'view' })
  // @ts-expect-error and about something
  await client.query({ eventTypes: 'view' })
  assert.deepEqual(
    server.seen.slice(0, 2).map(({ body }) => JSON.parse(body)),
    [
      { channelId: 'Pets', eventTypes: 'view', groupBy: 'video' },
      { site: true, eventTypes: 'view' },
    ],
  )
})

test('a query is sent again while the counts are away', async () => {
  await using server = await scriptedServer((_, nth) => (nth === 0 ? { status: 503, json: {} } : ANSWER))
  const client = createClient({ url: server.url, retry: { delayBaseMs: 1 } })
  assert.equal((await client.query(ASKED)).rows.length, 1)
  assert.equal(server.seen.length, 2)
})

test('what cannot be asked fails without a request', async () => {
  await using server = await scriptedServer(() => ANSWER)
  const call = createClient({ url: server.url }).query({ ...ASKED, endTime: new Date(Number.NaN) })
  await assert.rejects(call, { code: 'invalid_argument', message: /endTime/ })
  assert.equal(server.seen.length, 0)
})

test('an answer without rows is not one of Tally', async () => {
  await using server = await scriptedServer(() => ({ status: 200, json: { meta: META } }))
  await assert.rejects(createClient({ url: server.url }).query(ASKED), { code: 'bad_response' })
})
