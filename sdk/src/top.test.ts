import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient } from './client.ts'
import { scriptedServer } from './scripted-server.ts'

const META = { asOf: '2026-11-21T08:00:00Z', complete: true, reconciled: false, stale: false, exact: true }
const ANSWER = { status: 200, json: { videos: [{ videoId: 'a', count: 7 }], meta: META } }

test('a list is asked for by its window, order and length', async () => {
  await using server = await scriptedServer(() => ANSWER)
  const client = createClient({ url: server.url })
  const { videos } = await client.getTop('view')
  await client.getTop('like', { startTime: new Date(0), endTime: 60_000, limit: 3, order: 'rising' })
  assert.deepEqual(
    server.seen.map(({ path }) => path),
    [
      '/v1/top?eventType=view',
      '/v1/top?eventType=like&startTime=1970-01-01T00%3A00%3A00.000Z&endTime=60000&limit=3&order=rising',
    ],
  )
  assert.deepEqual(videos, [{ videoId: 'a', count: 7 }])
})

test('an answer without videos is not one of Tally', async () => {
  await using server = await scriptedServer(() => ({ status: 200, json: { meta: META } }))
  await assert.rejects(createClient({ url: server.url }).getTop('view'), { code: 'bad_response' })
})
