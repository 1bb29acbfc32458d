import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HOURS, MORNING, serve, VIEWS } from './fixture.ts'

describe('CSV', () => {
  const check = (name: string, url: string, expected: readonly string[]) =>
    test(name, async () => {
      const response = await (await serve()).get(url, { accept: 'text/csv' })
      assert.match(response.headers['content-type'] as string, /^text\/csv/)
      assert.deepEqual(response.body.split('\r\n'), [...expected, ''])
    })
  const META = '2026-11-21T12:00:29.500Z,true,false,false'

  check('of one value', `${VIEWS}=sum&${HOURS}`, [
    'videoId,eventType,function,startTime,endTime,value,asOf,complete,reconciled,stale',
    `v,view,sum,2026-11-21T08:00:00Z,2026-11-21T10:00:00Z,3,${META}`,
  ])
  check('of a series has a row per period', `${VIEWS}=min&granularity=PT1H&${HOURS}`, [
    'videoId,eventType,function,time,value,asOf,complete,reconciled,stale',
    `v,view,min,2026-11-21T08:00:00Z,1.5,${META}`,
    `v,view,min,2026-11-21T09:00:00Z,-1,${META}`,
  ])
  check('of a summary has a row per type, and runs no formula', `/v1/videos/%3D1%2B1/summary?${HOURS}`, [
    'videoId,eventType,startTime,endTime,count,sum,average,min,max,asOf,complete,reconciled,stale',
    ...['view', 'like', 'dislike', 'share'].map(
      (type) => `'=1+1,${type},2026-11-21T08:00:00Z,2026-11-21T10:00:00Z,0,0,,,,${META}`,
    ),
  ])
})

describe('audit', () => {
  test('shows the ledger of every source and whether it balances', async () => {
    const { json, counts } = await serve([])
    const ledger = { records: 5, events: 10, counted: 6, duplicate: 2, late: 1, dead: 1, deadRecords: 0 }
    const checkpoint = { offset: 4, logTimeMs: Date.parse('2026-11-21T08:00Z'), ledger }
    await counts.writeCheckpoint('b-1', { ...checkpoint, ledger: { ...ledger, counted: 5 } })
    await counts.writeCheckpoint('b-0', checkpoint)
    const entry = { source: 'b-0', offset: 4, logTime: '2026-11-21T08:00:00.000Z', ...ledger, balanced: true }
    assert.deepEqual(await json('/v1/audit'), {
      weak: null,
      strong: null,
      ledger: [entry, { ...entry, source: 'b-1', counted: 5, balanced: false }],
    })
  })
})

describe('the server', () => {
  test('keeps answers out of caches, and tells them apart by form', async () => {
    const { headers } = await (await serve()).get(`${VIEWS}=sum&${HOURS}`)
    assert.deepEqual([headers['cache-control'], headers.vary], ['no-store', 'accept'])
    assert.match(headers['content-type'] as string, /^application\/json/)
  })

  test('measures each answer by route and status', async () => {
    const seen: string[] = []
    const { get } = await serve(MORNING, {
      metrics: { answered: (route, status) => seen.push(`${route} ${status}`) },
    })
    await get(`${VIEWS}=sum`)
    await get('/v1/videos/w/summary?x=1')
    assert.deepEqual(seen, ['/v1/videos/:videoId/stats 200', '/v1/videos/:videoId/summary 400'])
  })

  test('says when to come back where the store is away', async () => {
    const away = async () => Promise.reject(new Error('10.0.0.7: connection refused'))
    const counts = { read: away, types: away, firstMinute: away }
    const { get } = await serve([], { counts, checkpoints: away })
    for (const url of [`${VIEWS}=sum`, `${VIEWS}=sum&${HOURS}`, '/v1/videos/v/summary', '/v1/audit']) {
      const response = await get(url)
      assert.equal(response.statusCode, 503)
      assert.equal(response.headers['retry-after'], '1')
      assert.equal(response.json().type, 'urn:tally:problem:store-unavailable')
      assert.doesNotMatch(response.body, /10\.0/)
    }
  })
})
