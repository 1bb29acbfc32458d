import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { auditOf } from '../../stores/counts/rollups-contract.ts'
import { keyRing } from '../../testing/key-ring.ts'
import { MemoryJournal } from '../../testing/memory-journal.ts'
import { MemoryRollups } from '../../testing/memory-rollups.ts'
import { HOURS, MORNING, serve, VIEWS } from '../../testing/query-fixture.ts'

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

test('a question by attributes is for another service, to those who may ask', async () => {
  const { post } = await serve([], { keys: keyRing('key=acme') })
  const body = { videoIds: 'v', eventTypes: 'view' }
  const ask = async (status: number, fields: object, headers = { 'x-api-key': 'key' }) => {
    const answer = await post({ ...body, ...fields }, headers)
    assert.equal(answer.statusCode, status, answer.body)
    return answer.json()
  }
  for (const fields of [{ groupBy: 'country' }, { where: { country: 'DE' } }, { where: 5 }, { groupBy: [1] }])
    assert.equal((await ask(421, fields)).type, 'urn:tally:problem:misdirected')
  await ask(401, { groupBy: 'country' }, {} as never)
  await ask(200, { groupBy: ['video', 'channel'], where: {} })
})

test('so is one about a video', async () => {
  const { app } = await serve([], { keys: keyRing('key=acme') })
  const ask = async (status: number, headers: Record<string, string>) => {
    const url = '/v1/videos/v/stats?eventType=view&function=count&where=country:DE'
    const answer = await app.inject({ url, headers })
    assert.equal(answer.statusCode, status, answer.body)
    return answer.json()
  }
  assert.equal((await ask(421, { 'x-api-key': 'key' })).type, 'urn:tally:problem:misdirected')
  await ask(401, {})
})

describe('QUERY', () => {
  const payload = { videoIds: 'v', eventTypes: 'view', startTime: 0 }
  const ask = async (method: 'QUERY' | 'POST', options: object = { payload }) =>
    (await serve()).app.inject({ method: method as 'POST', url: '/v1/query', ...options })

  test('answers as POST does, and may be kept', async () => {
    const [safe, posted] = [await ask('QUERY'), await ask('POST')]
    assert.equal(safe.statusCode, 200)
    assert.equal(safe.body, posted.body)
    assert.equal(posted.headers['cache-control'], 'no-store')
    assert.equal(safe.headers['cache-control'], 'private, no-cache')
    assert.equal(safe.headers['accept-query'], '"application/json"')
    const again = await ask('QUERY', { payload, headers: { 'if-none-match': safe.headers.etag } })
    assert.deepEqual([again.statusCode, again.body], [304, ''])
    const other = await ask('QUERY', { payload, headers: { 'if-none-match': '"other"' } })
    assert.deepEqual([other.statusCode, other.body], [200, safe.body])
  })

  test('says what it is about', async () => {
    assert.equal((await ask('QUERY', {})).statusCode, 415)
    const text = { payload: '{}', headers: { 'content-type': 'text/plain' } }
    assert.equal((await ask('QUERY', text)).statusCode, 415)
    const nothing = { payload: 'null', headers: { 'content-type': 'application/json' } }
    assert.equal((await ask('QUERY', nothing)).statusCode, 400)
  })
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
      scope: 'system',
      weak: [],
      strong: null,
      alerts: [],
      ledger: [entry, { ...entry, source: 'b-1', counted: 5, balanced: false }],
      meta: { asOf: '2026-11-21T12:00:30.000Z', stale: false },
    })
  })
})

test('the ledger is of what users sent, and begins with their first event', async () => {
  const { json, counts } = await serve([])
  const probe = { records: 2, events: 20, counted: 10, duplicate: 10, late: 0, dead: 0 }
  const write = (source: string, records: number, users: number, counted = users) => {
    const events = users + probe.events
    const ledger = { ...probe, records, events, counted: counted + 10, deadRecords: 0, probe }
    return counts.writeCheckpoint(source, { offset: 9, logTimeMs: 0, ledger })
  }
  await write('a-0', 2, 0)
  assert.deepEqual((await json('/v1/audit')).ledger, [])
  await write('b-0', 3, 5)
  await write('c-0', 3, 5, 4)
  const shown = (await json('/v1/audit')).ledger.map((entry: Record<string, unknown>) => [
    ...[entry.source, entry.records, entry.events, entry.counted, entry.duplicate, entry.balanced],
  ])
  assert.deepEqual(shown, [
    ['b-0', 1, 5, 5, 0, true],
    ['c-0', 1, 5, 4, 0, false],
  ])
})

describe('audit of the batch layer', () => {
  const NOW = Date.parse('2026-11-21T12:00:30Z')
  const HOUR = Date.parse('2026-11-21T10:00Z') / 60_000

  test('shows what probes found and what went wrong, newest first', async () => {
    const audits = { rollups: new MemoryRollups(), journal: new MemoryJournal() }
    const probe = { startedMs: NOW, ok: false, events: 10, latencyMs: null, detail: '9 of 10' }
    for (const minute of [1, 3, 2]) {
      const startedMs = NOW - minute * 60_000
      const body = { ...probe, startedMs, ok: true, latencyMs: minute, detail: null }
      await audits.journal.append('weak-audit', { atMs: startedMs, key: 'probe', body })
    }
    await audits.journal.append('weak-audit', { atMs: NOW, key: 'probe', body: probe })
    await audits.journal.append('alerts', { atMs: NOW, key: 'weak-audit', body: probe })
    const { weak, alerts } = await (await serve([], { audits })).json('/v1/audit')
    assert.deepEqual(weak[0], {
      ...{ startedAt: '2026-11-21T12:00:30.000Z', ok: false, events: 10, latencyMs: null, detail: '9 of 10' },
    })
    assert.deepEqual(
      weak.map(({ latencyMs }: { latencyMs: number | null }) => latencyMs),
      [null, 1, 2, 3],
    )
    assert.deepEqual(alerts, [{ time: '2026-11-21T12:00:30.000Z', about: 'weak-audit', detail: probe }])
  })

  test('shows the latest recounted hours, newest first, and their totals', async () => {
    const audits = { rollups: new MemoryRollups(), journal: new MemoryJournal() }
    const hours = Array.from({ length: 60 }, (_, i) => auditOf(HOUR - (i - 1) * 60, 1))
    await audits.rollups.writeHours(hours)
    await audits.rollups.writeReconciled({ version: 1, toMinute: HOUR, exceptHours: [HOUR - 600] })
    const { strong } = await (await serve([], { audits })).json('/v1/audit')
    assert.deepEqual([strong.reconciledTo, strong.hoursExcepted], ['2026-11-21T10:00:00Z', 1])
    assert.equal(strong.hours.length, 48)
    assert.deepEqual(strong.hours[0], {
      hour: '2026-11-21T11:00:00Z',
      comparedTo: '2026-11-21T12:00:00Z',
      recountedAt: '2023-11-14T22:13:20.001Z',
      purged: false,
      ...{ buckets: 10, equal: 7, differing: 3, difference: 5, lateApplied: 4 },
      ...{ unexplained: 1, unexplainedDifference: 1, missing: 1 },
    })
    assert.equal(strong.hours[47].hour, '2026-11-19T12:00:00Z')
    assert.deepEqual(strong.totals, {
      ...{ hours: 48, buckets: 480, equal: 336, differing: 144, difference: 240, lateApplied: 192 },
      ...{ unexplained: 48, unexplainedDifference: 48, missing: 48 },
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
