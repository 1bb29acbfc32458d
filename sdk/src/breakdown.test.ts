import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createReader } from './reader.ts'
import { type Reply, scriptedServer } from './scripted-server.ts'

const META = { asOf: '2026-11-21T08:00:00Z', complete: true, reconciled: false, stale: false }
const ROWS = [
  { country: 'DE', value: 7 },
  { country: 'other', value: 2, isOther: true },
]
const ANSWER: Reply = { status: 200, json: { total: 9, rows: ROWS, meta: META } }

test('a breakdown is asked for by its attribute, range and length', async () => {
  await using server = await scriptedServer(() => ANSWER)
  const reader = createReader({ url: server.url })
  await reader.getBreakdown('a/b', 'device', 'view', 'count')
  await reader.getBreakdown('v', 'country', 'like', 'sum', new Date(0), 60_000, { limit: 1 })
  assert.deepEqual(
    server.seen.map(({ path }) => path),
    [
      '/v1/videos/a%2Fb/breakdown?by=device&eventType=view&function=count',
      '/v1/videos/v/breakdown?by=country&eventType=like&function=sum' +
        '&startTime=1970-01-01T00%3A00%3A00.000Z&endTime=60000&limit=1',
    ],
  )
})

test('a channel and all videos are asked in the same way, with filters', async () => {
  await using server = await scriptedServer(() => ANSWER)
  const reader = createReader({ url: server.url })
  await reader.getChannelBreakdown('a/b', 'country', 'view', 'count')
  const where = { device: ['tv', ''], country: 'a:b' }
  const { total } = await reader.getSiteBreakdown('country', 'view', 'count', undefined, undefined, { where })
  assert.equal(total, 9)
  assert.deepEqual(
    server.seen.map(({ path }) => path),
    [
      '/v1/channels/a%2Fb/breakdown?by=country&eventType=view&function=count',
      '/v1/site/breakdown?by=country&eventType=view&function=count' +
        '&where=device%3Atv&where=device%3A&where=country%3Aa%3Ab',
    ],
  )
})

test('totals are filtered in the same way', async () => {
  await using server = await scriptedServer(() => ({ status: 200, json: { value: 5, meta: META } }))
  const reader = createReader({ url: server.url })
  const options = { where: { device: ['tv', 'phone'] }, granularity: 'P1D' } as const
  await reader.getSiteStats('view', 'count', undefined, undefined, options)
  await reader.getStats('v', 'view', 'count', 60_000, undefined, { where: { country: '' } })
  assert.deepEqual(
    server.seen.map(({ path }) => path),
    [
      '/v1/site/stats?eventType=view&function=count&granularity=P1D&where=device%3Atv&where=device%3Aphone',
      '/v1/videos/v/stats?eventType=view&function=count&startTime=60000&where=country%3A',
    ],
  )
})

test('rows have the attribute under its own name', async () => {
  await using server = await scriptedServer(() => ANSWER)
  const reader = createReader({ url: server.url })
  const { total, rows } = await reader.getBreakdown('v', 'country', 'view', 'count')
  const texts: readonly string[] = rows.map(({ country, value }) => `${country} ${value}`)
  assert.deepEqual([total, texts], [9, ['DE 7', 'other 2']])
})

test('what cannot be asked fails without a request, and an answer without rows is not one of Tally', async () => {
  await using server = await scriptedServer(() => ({ status: 200, json: { meta: META } }))
  const reader = createReader({ url: server.url })
  await assert.rejects(reader.getBreakdown('..', 'country', 'view', 'count'), { code: 'invalid_argument' })
  assert.deepEqual(server.seen, [])
  await assert.rejects(reader.getBreakdown('v', 'country', 'view', 'count'), { code: 'bad_response' })
})
