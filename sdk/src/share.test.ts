import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createReader } from './reader.ts'
import { scriptedServer } from './scripted-server.ts'

const LINK = {
  url: 'https://tally.example/#/shared/share_x.y',
  token: 'share_x.y',
  expiresAt: '2026-11-28T08:00:00.000Z',
}

test('a link to a video or a channel is asked for, until when it is said', async () => {
  await using server = await scriptedServer(() => ({ status: 200, json: LINK }))
  const reader = createReader({ url: server.url })
  assert.deepEqual(await reader.share({ videoId: 'cats', expiresIn: 'P30D' }), LINK)
  await reader.share({ channelId: 'Pets' })
  assert.deepEqual(
    server.seen.map(({ method, path, body }) => [method, path, JSON.parse(body)]),
    [
      ['POST', '/v1/share', { videoId: 'cats', expiresIn: 'P30D' }],
      ['POST', '/v1/share', { channelId: 'Pets' }],
    ],
  )
})

test('it is asked for again where the server is away: nothing is stored by it', async () => {
  const answers = [
    { status: 503, json: {} },
    { status: 200, json: LINK },
  ]
  await using server = await scriptedServer(() => answers.shift()!)
  const reader = createReader({ url: server.url, retry: { delayBaseMs: 1 } })
  assert.equal((await reader.share({ videoId: 'cats' })).token, LINK.token)
})

test('an answer without a token is not one of Tally', async () => {
  await using server = await scriptedServer(() => ({ status: 200, json: { url: LINK.url } }))
  await assert.rejects(createReader({ url: server.url }).share({ videoId: 'cats' }), { code: 'bad_response' })
})
