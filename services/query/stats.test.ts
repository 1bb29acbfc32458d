import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { keyRing } from '../../testing/key-ring.ts'
import { HOURS, MORNING, STATS, serve, VIEWS } from '../../testing/query-fixture.ts'

describe('stats', () => {
  const check = (name: string, query: string, expected: object, counted = MORNING) =>
    test(name, async () => {
      const answer = await (await serve(counted)).json(`${STATS}?${query}`)
      for (const [field, value] of Object.entries(expected)) assert.deepEqual(answer[field], value, field)
    })

  test('answers the whole of the contract', async () => {
    assert.deepEqual(await (await serve()).json(`${VIEWS}=sum&${HOURS}`), {
      videoId: 'v',
      eventType: 'view',
      function: 'sum',
      startTime: '2026-11-21T08:00:00Z',
      endTime: '2026-11-21T10:00:00Z',
      value: 3,
      meta: { asOf: '2026-11-21T12:00:29.500Z', complete: true, reconciled: false, stale: false },
    })
  })

  test('says null, and not 1970, where nobody knows yet how far the counts go', async () => {
    const { json, get } = await serve(MORNING, { progress: () => ({ asOfMs: 0 }) })
    const { meta } = await json(`${VIEWS}=count&${HOURS}`)
    assert.deepEqual(meta, { asOf: null, complete: false, reconciled: false, stale: false })
    const { body } = await get(`${VIEWS}=count&${HOURS}`, { accept: 'text/csv' })
    assert.match(body, /,4,,false,false,false\r\n$/)
  })

  for (const [fn, value] of Object.entries({ count: 4, sum: 3, average: 1, min: -1, max: 2.5 })) {
    check(`${fn} of a half-open range`, `eventType=view&function=${fn}&${HOURS}`, { value })
  }
  check(
    'a range is widened to whole minutes, and the answer says so',
    'eventType=view&function=count&startTime=2026-11-21T08:00:59.999Z&endTime=2026-11-21T09:59:00.001Z',
    { value: 4, startTime: '2026-11-21T08:00:00Z', endTime: '2026-11-21T10:00:00Z' },
  )
  check(
    'times may be epoch milliseconds',
    'eventType=view&function=count&startTime=1795248000000&endTime=1795255200000',
    { value: 4, startTime: '2026-11-21T08:00:00Z' },
  )
  check(
    'a fraction of a millisecond is cut off, and never rounded up',
    'eventType=view&function=count&startTime=1795248000000.4&endTime=1795255200000.999999999',
    { value: 4, startTime: '2026-11-21T08:00:00Z', endTime: '2026-11-21T10:00:00Z' },
  )
  check(
    'a number of milliseconds may be written in every way that JSON knows',
    'eventType=view&function=count&startTime=1.795248e+12&endTime=1795255200000.0000000000001',
    { value: 4, startTime: '2026-11-21T08:00:00Z', endTime: '2026-11-21T10:00:00Z' },
  )
  check(
    'a plus that was not encoded is a plus',
    'eventType=view&function=count&startTime=2026-11-21T09:00:00+01:00',
    { value: 5, startTime: '2026-11-21T08:00:00Z' },
  )
  check('without a range it goes from the first counted minute to now', 'eventType=view&function=count', {
    value: 6,
    startTime: '2026-11-21T07:59:00Z',
    endTime: '2026-11-21T12:01:00Z',
  })
  check(
    'an unknown video counts 0, from and to now',
    'eventType=view&function=count&granularity=PT1M',
    { value: 0, series: [], startTime: '2026-11-21T12:01:00Z', endTime: '2026-11-21T12:01:00Z' },
    [],
  )
  check(
    'a range that ends before the first counted minute is empty',
    'eventType=view&function=count&endTime=2026-11-20T00:00:00Z',
    { value: 0, startTime: '2026-11-20T00:00:00Z', endTime: '2026-11-20T00:00:00Z' },
  )
  for (const [fn, value] of Object.entries({ count: 0, sum: 0, average: null, min: null, max: null })) {
    check(`${fn} of nothing`, `eventType=like&function=${fn}&${HOURS}`, { value })
  }

  test('a sum beyond 2^53 has all its digits', async () => {
    const large = Array.from({ length: 3 }, () => 9_007_199_254_740_993_001n)
    const { get } = await serve([{ time: '2026-11-21T08:00Z', values: large }])
    assert.match((await get(`${VIEWS}=sum&${HOURS}`)).body, /"value":27021597764222979\.003,/)
  })

  test('a year of minutes adds up, whatever rows it is read from', async () => {
    const days = Array.from(
      { length: 400 },
      (_, day) => new Date(Date.UTC(2025, 0, 1 + day, day % 24, day % 60)),
    )
    const { json } = await serve(days.map((day) => ({ time: day.toISOString(), values: [1n, null] })))
    const answer = await json(`${VIEWS}=count&startTime=2025-02-01T07:13:00Z&endTime=2026-01-01T00:00:00Z`)
    const within = days.filter((day) => day.toISOString() >= '2025-02-01T07:13' && day.toISOString() < '2026')
    assert.equal(answer.value, 2 * within.length)
  })

  test('one tenant does not see another’s counts', async () => {
    const keys = keyRing('key-a=a,key-b=b')
    const { get } = await serve([{ time: '2026-11-21T08:00Z', values: [null], tenant: 'a' }], { keys })
    const valueFor = async (key: string) =>
      (await get(`${VIEWS}=count&${HOURS}`, { 'x-api-key': key })).json().value
    assert.deepEqual([await valueFor('key-a'), await valueFor('key-b')], [1, 0])
    assert.equal((await get(`${VIEWS}=count`)).statusCode, 401)
    assert.equal((await get('/v1/videos/v/summary', { 'x-api-key': 'other' })).statusCode, 403)
    assert.equal((await get('/v1/audit')).statusCode, 401)
  })
})

describe('series', () => {
  const points = async (query: string) => {
    const { series } = await (await serve()).json(`${STATS}?eventType=view&${query}`)
    return series.map(({ time, value }: { time: string; value: number | null }) => `${time} ${value}`)
  }
  const check = (name: string, query: string, expected: readonly string[]) =>
    test(name, async () => assert.deepEqual(await points(query), expected))

  check(
    'has a value for every hour, 0 where nothing was counted',
    'function=count&granularity=PT1H&startTime=2026-11-21T07:30:00Z&endTime=2026-11-21T12:00:00Z',
    [
      '2026-11-21T07:00:00Z 1',
      '2026-11-21T08:00:00Z 3',
      '2026-11-21T09:00:00Z 1',
      '2026-11-21T10:00:00Z 1',
      '2026-11-21T11:00:00Z 0',
    ],
  )
  check(
    'has null where there is no such number',
    `function=max&granularity=PT1H&startTime=2026-11-21T10:00:00Z`,
    ['2026-11-21T10:00:00Z 7', '2026-11-21T11:00:00Z null', '2026-11-21T12:00:00Z null'],
  )
  check('follows a half-hour zone', `function=count&granularity=PT1H&timeZone=Asia/Kolkata&${HOURS}`, [
    '2026-11-21T13:00:00+05:30 3',
    '2026-11-21T14:00:00+05:30 0',
    '2026-11-21T15:00:00+05:30 1',
  ])
  check(
    'follows local days',
    'function=count&granularity=P1D&timeZone=Pacific/Kiritimati&startTime=2026-11-20T10:00:00Z',
    ['2026-11-21T00:00:00+14:00 5', '2026-11-22T00:00:00+14:00 1'],
  )
  check(
    'has minutes',
    'function=count&granularity=PT1M&startTime=2026-11-21T07:59:00Z&endTime=2026-11-21T08:02:00Z',
    ['2026-11-21T07:59:00Z 1', '2026-11-21T08:00:00Z 3', '2026-11-21T08:01:00Z 0'],
  )
})

describe('meta', () => {
  test('is complete once everything up to the end of the range is counted', async () => {
    const { json } = await serve(MORNING, { progress: () => ({ asOfMs: Date.parse('2026-11-21T10:00Z') }) })
    assert.equal((await json(`${VIEWS}=count&${HOURS}`)).meta.complete, true)
    assert.equal((await json(`${VIEWS}=count&endTime=2026-11-21T10:00:01Z`)).meta.complete, false)
  })

  test('is reconciled up to the watermark, but for hours that are excepted', async () => {
    const hour = (text: string) => Date.parse(`2026-11-21T${text}Z`) / 60_000
    const coverage = { toMinute: hour('10:00'), exceptHours: [hour('07:00')] }
    const { json } = await serve(MORNING, { coverage: () => coverage })
    const isReconciled = async (from: string, to: string) => {
      const range = `startTime=2026-11-21T${from}Z&endTime=2026-11-21T${to}Z`
      return (await json(`${VIEWS}=count&${range}`)).meta.reconciled
    }
    assert.equal(await isReconciled('08:00:00', '10:00:00'), true)
    assert.equal(await isReconciled('08:00:00', '10:00:01'), false)
    assert.equal(await isReconciled('07:59:00', '10:00:00'), false)
    assert.equal(await isReconciled('06:00:00', '07:00:00'), true)
  })

  test('is stale, and so not complete, where the store could not be asked in full', async () => {
    const counts = {
      read: async () => ({ periods: [], stale: true }),
      types: async () => [],
      firstMinute: async () => null,
    }
    const { json } = await serve(MORNING, { counts })
    for (const path of [`${VIEWS}=count&${HOURS}`, `/v1/videos/v/summary?${HOURS}`]) {
      const { meta } = await json(path)
      assert.deepEqual([meta.stale, meta.complete], [true, false])
    }
  })

  test('claims no more than was counted before the store was read', async () => {
    let asOfMs = 1000
    const read = async () => {
      asOfMs = 2000
      return { periods: [], stale: false }
    }
    const counts = { read, types: async () => [], firstMinute: async () => null }
    const { json } = await serve([], { counts, progress: () => ({ asOfMs }) })
    assert.equal((await json(`${VIEWS}=count&${HOURS}`)).meta.asOf, '1970-01-01T00:00:01.000Z')
  })
})
