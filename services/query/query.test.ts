import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { keyRing } from '../../testing/key-ring.ts'
import { type Counted, serve } from '../../testing/query-fixture.ts'

const RANGE = { startTime: '2026-11-21T08:00:00Z', endTime: '2026-11-21T10:00:00Z' }
const META = { asOf: '2026-11-21T12:00:29.500Z', complete: true, reconciled: false, stale: false }

/** cats has 3 views and 1 like, dogs 5 views, in two hours; an hour before, cats had 1 view. */
const PETS: readonly Counted[] = [
  { videoId: 'cats', time: '2026-11-21T07:30Z', values: [4000n] },
  { videoId: 'cats', time: '2026-11-21T08:00Z', values: [1000n, null] },
  { videoId: 'cats', time: '2026-11-21T09:59Z', values: [2000n] },
  { videoId: 'cats', time: '2026-11-21T09:59Z', values: [null], type: 'like' },
  { videoId: 'dogs', time: '2026-11-21T08:30Z', values: [10_000n, -1000n, null, null, null] },
  { videoId: 'dogs', time: '2026-11-21T10:00Z', values: [null] },
]
const PET = { title: 'A pet', channel: 'pets', durationSeconds: null, publishedMs: null }
const PAIR = { videoIds: ['cats', 'dogs'], eventTypes: ['view', 'like'], ...RANGE }

async function answerTo(question: object, overrides = {}, counted = PETS) {
  const response = await (await serve(counted, overrides)).post(question)
  assert.equal(response.statusCode, 200, response.body)
  return response.json()
}

describe('a query', () => {
  const check = (name: string, question: object, rows: readonly object[], overrides = {}) =>
    test(name, async () => assert.deepEqual((await answerTo({ ...PAIR, ...question }, overrides)).rows, rows))

  test('answers the whole of the contract', async () => {
    const question = { videoIds: 'cats', eventTypes: 'view', granularity: 'PT1H', ...RANGE }
    assert.deepEqual(await answerTo(question), {
      ...RANGE,
      granularity: 'PT1H',
      timeZone: 'UTC',
      rows: [
        {
          values: { count: 3 },
          series: [
            { time: '2026-11-21T08:00:00Z', values: { count: 2 } },
            { time: '2026-11-21T09:00:00Z', values: { count: 1 } },
          ],
        },
      ],
      meta: META,
    })
  })

  check('is one row over all that is asked for', {}, [{ values: { count: 9 } }])
  check(
    'averages over all events with a value, not over averages',
    { eventTypes: ['view'], functions: ['count', 'sum', 'average', 'min', 'max', 'rate', 'cumulative'] },
    [{ values: { count: 8, sum: 12, average: 3, min: -1, max: 10, rate: 8 / 120, cumulative: 8 } }],
  )
  check('tells videos apart', { groupBy: ['video'] }, [
    { videoId: 'cats', values: { count: 4 } },
    { videoId: 'dogs', values: { count: 5 } },
  ])
  check('tells types apart', { groupBy: 'type' }, [
    { eventType: 'view', values: { count: 8 } },
    { eventType: 'like', values: { count: 1 } },
  ])
  check('tells both apart, in the order that they are asked for', { groupBy: ['type', 'video'] }, [
    { videoId: 'cats', eventType: 'view', values: { count: 3 } },
    { videoId: 'cats', eventType: 'like', values: { count: 1 } },
    { videoId: 'dogs', eventType: 'view', values: { count: 5 } },
    { videoId: 'dogs', eventType: 'like', values: { count: 0 } },
  ])
  check(
    'tells channels apart, and what is in none that is known',
    { groupBy: ['channel'], videoIds: ['birds', 'cats', 'dogs'] },
    [
      { channelId: null, values: { count: 0 } },
      { channelId: 'pets', values: { count: 9 } },
    ],
    { videos: { find: async (_: string, videoId: string) => (videoId === 'birds' ? null : PET) } },
  )
  check('knows no channel where nobody tells it', { groupBy: ['channel'] }, [
    { channelId: null, values: { count: 9 } },
  ])
  check(
    'adds up what runs on',
    { functions: ['cumulative', 'rate'], granularity: 'PT1H', timeZone: 'Asia/Kolkata' },
    [
      {
        values: { cumulative: 9, rate: 9 / 120 },
        series: [
          { time: '2026-11-21T13:00:00+05:30', values: { cumulative: 2, rate: 2 / 30 } },
          { time: '2026-11-21T14:00:00+05:30', values: { cumulative: 7, rate: 5 / 60 } },
          { time: '2026-11-21T15:00:00+05:30', values: { cumulative: 9, rate: 2 / 30 } },
        ],
      },
    ],
  )
  check('compares with the period before', { videoIds: ['cats'], compare: 'previous', granularity: 'PT1H' }, [
    {
      values: { count: 4 },
      series: [
        { time: '2026-11-21T08:00:00Z', values: { count: 2 } },
        { time: '2026-11-21T09:00:00Z', values: { count: 2 } },
      ],
      previous: {
        startTime: '2026-11-21T06:00:00Z',
        endTime: '2026-11-21T08:00:00Z',
        values: { count: 1 },
        series: [
          { time: '2026-11-21T06:00:00Z', values: { count: 0 } },
          { time: '2026-11-21T07:00:00Z', values: { count: 1 } },
        ],
      },
    },
  ])

  test('without a start begins at the first minute that any of them counts', async () => {
    const { startTime, endTime, rows } = await answerTo({ ...PAIR, startTime: undefined, endTime: undefined })
    assert.deepEqual([startTime, endTime], ['2026-11-21T07:30:00Z', '2026-11-21T12:01:00Z'])
    assert.deepEqual(rows, [{ values: { count: 11 } }])
  })

  test('about videos that nobody knows counts 0', async () => {
    const functions = ['count', 'average', 'rate']
    const { rows } = await answerTo({ videoIds: ['x'], eventTypes: ['view'], functions, compare: 'previous' })
    const values = { count: 0, average: null, rate: null }
    const empty = { startTime: '2026-11-21T12:01:00Z', endTime: '2026-11-21T12:01:00Z' }
    assert.deepEqual(rows, [{ values, previous: { ...empty, values } }])
  })

  test('of one tenant sees nothing of another', async () => {
    const { post } = await serve([{ ...PETS[1]!, tenant: 'a' }], { keys: keyRing('key-a=a,key-b=b') })
    const countFor = async (key: string) =>
      (await post(PAIR, { 'x-api-key': key })).json().rows[0].values.count
    assert.deepEqual([await countFor('key-a'), await countFor('key-b')], [2, 0])
    assert.equal((await post(PAIR)).statusCode, 401)
  })
})

describe('where minutes are no longer kept', () => {
  const minutesFrom = Date.parse('2026-11-21T08:00Z') / 60_000
  const kept = () => ({ minutesFrom, hoursFrom: 0 })
  const HALF_PAST = { ...PAIR, startTime: '2026-11-21T07:20:00Z', endTime: '2026-11-21T08:30:00Z' }

  test('ranges are widened to what is, of the period before too', async () => {
    const { startTime, endTime, rows } = await answerTo({ ...HALF_PAST, compare: 'previous' }, { kept })
    assert.deepEqual([startTime, endTime], ['2026-11-21T07:15:00Z', '2026-11-21T08:30:00Z'])
    const before = { startTime: '2026-11-21T06:00:00Z', endTime: '2026-11-21T07:15:00Z' }
    assert.deepEqual(rows, [{ values: { count: 3 }, previous: { ...before, values: { count: 0 } } }])
  })

  test('series that need them are refused, of the period before too', async () => {
    const { post } = await serve(PETS, { kept })
    const cut = { ...PAIR, granularity: 'PT1M' }
    for (const [question, parameter] of [
      [{ ...cut, startTime: '2026-11-21T07:30:00Z' }, 'startTime'],
      [{ ...cut, compare: 'previous' }, 'compare'],
    ] as const) {
      const { errors } = (await post(question)).json()
      assert.deepEqual([errors[0].parameter, errors[0].code], [parameter, 'resolution_expired'])
    }
    assert.equal((await post(cut)).statusCode, 200)
  })
})

describe('where hours are no longer kept', () => {
  const hoursFrom = Date.parse('2026-11-21T00:00Z') / 60_000
  const kept = () => ({ minutesFrom: hoursFrom, hoursFrom })
  const INDIA = { granularity: 'P1D', timeZone: 'Asia/Kolkata', compare: 'previous' }
  const dates = { startTime: '2026-11-21T00:00:00+05:30', endTime: '2026-11-22T00:00:00+05:30' }

  test('days of a zone are UTC days, those of the period before too, and meta says until when', async () => {
    const { rows, meta } = await answerTo({ ...PAIR, ...dates, ...INDIA }, { kept })
    assert.deepEqual([rows[0].values, rows[0].previous.values], [{ count: 11 }, { count: 0 }])
    assert.equal(rows[0].series[0].time, '2026-11-21T00:00:00+05:30')
    assert.equal(rows[0].previous.series[0].time, '2026-11-20T00:00:00+05:30')
    assert.equal(meta.utcDaysBefore, '2026-11-21T00:00:00Z')
  })

  test('tables say so in a column of their own', async () => {
    const { post } = await serve(PETS, { kept })
    const { body } = await post({ ...PAIR, ...dates, ...INDIA }, { accept: 'text/csv' })
    const [header = '', ...lines] = body.trimEnd().split('\r\n')
    assert.ok(header.endsWith(',stale,utcDaysBefore'), header)
    for (const line of lines) assert.ok(line.endsWith(',2026-11-21T00:00:00Z'), line)
  })
})

describe('rows come in the order of', () => {
  const GROUPED = { ...PAIR, groupBy: ['video', 'type'], functions: ['count', 'average'] }
  const order = async (orderBy: string) =>
    (await answerTo({ ...GROUPED, orderBy })).rows.map(
      ({ videoId, eventType }: { videoId: string; eventType: string }) => `${videoId} ${eventType}`,
    )
  const check = (orderBy: string, expected: readonly string[]) =>
    test(orderBy, async () => assert.deepEqual(await order(orderBy), expected))

  check('-count', ['dogs view', 'cats view', 'cats like', 'dogs like'])
  check('count', ['dogs like', 'cats like', 'cats view', 'dogs view'])
  check('average', ['cats view', 'dogs view', 'cats like', 'dogs like']) // null comes last
  check('-average', ['dogs view', 'cats view', 'cats like', 'dogs like'])
  check('-video', ['dogs view', 'dogs like', 'cats view', 'cats like'])
  check('type', ['cats like', 'dogs like', 'cats view', 'dogs view'])
})

describe('pages', () => {
  test('hold all rows once, over the time of the first page', async () => {
    let nowMs = Date.parse('2026-11-21T12:00:30Z')
    const { post } = await serve(PETS, { clock: { nowMs: () => nowMs, sleep: async () => {} } })
    const question = { ...PAIR, endTime: undefined, groupBy: ['video', 'type'], orderBy: '-count', limit: 1 }
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const answer = (await post({ ...question, cursor })).json()
      assert.equal(answer.endTime, '2026-11-21T12:01:00Z')
      seen.push(...answer.rows.map((row: { videoId: string; values: { count: number } }) => row.values.count))
      cursor = answer.nextCursor
      nowMs += 60_000
    } while (cursor !== undefined)
    assert.deepEqual(seen, [6, 3, 1, 0])
  })

  test('may differ in size, but not in what is asked', async () => {
    const { post } = await serve(PETS)
    const question = { ...PAIR, groupBy: ['video', 'type'], limit: 1 }
    const cursor = (await post(question)).json().nextCursor
    assert.equal((await post({ ...question, cursor, limit: 2 })).json().rows.length, 2)
    for (const asked of [
      { ...question, functions: ['sum'], cursor },
      { ...question, cursor: `x${cursor}` },
    ]) {
      const { errors } = (await post(asked)).json()
      assert.deepEqual(
        errors.map(({ parameter }: { parameter: string }) => parameter),
        ['cursor'],
      )
    }
  })
})

describe('what an answer says about itself', () => {
  test('is stale where any of its reads is', async () => {
    const read = async ({ videoId }: { videoId: string }) => ({ periods: [], stale: videoId === 'dogs' })
    const counts = { read, types: async () => [], firstMinute: async () => null }
    const { meta } = await answerTo(PAIR, { counts })
    assert.deepEqual([meta.stale, meta.complete], [true, false])
  })

  test('is 503 and not a part of it where any read fails', async () => {
    const read = async ({ videoId }: { videoId: string }) => {
      if (videoId === 'dogs') throw new Error('away')
      return { periods: [], stale: false }
    }
    const counts = { read, types: async () => [], firstMinute: async () => null }
    const response = await (await serve(PETS, { counts })).post(PAIR)
    assert.deepEqual([response.statusCode, response.headers['retry-after']], [503, '1'])
    const lost = { videos: { find: () => Promise.reject(new Error('away')) } }
    assert.equal((await (await serve(PETS, lost)).post({ ...PAIR, groupBy: 'channel' })).statusCode, 503)
  })
})

describe('those who ask the same at once', () => {
  async function readsOf(questions: readonly object[], progress: () => { asOfMs: number }): Promise<number> {
    let reads = 0
    const read = async () => {
      reads++
      await new Promise(setImmediate)
      return { periods: [], stale: false }
    }
    const counts = { read, types: async () => [], firstMinute: async () => null }
    const { post } = await serve(PETS, { counts, progress })
    await Promise.all(questions.map((question) => post(question)))
    return reads
  }
  const range = { startTime: 1_795_244_400_000, endTime: 1_795_248_000_000 }
  const one = { videoIds: ['cats'], eventTypes: ['view'], ...range }

  test('share one answer', async () => assert.equal(await readsOf([one, one, one], () => ({ asOfMs: 1 })), 1))
  test('but not with those who ask other things', async () => {
    assert.equal(await readsOf([one, { ...one, videoIds: ['dogs'] }], () => ({ asOfMs: 1 })), 2)
  })
  test('nor with those who are told that more is counted', async () => {
    let asOfMs = 0
    assert.equal(await readsOf([one, one], () => ({ asOfMs: asOfMs++ })), 2)
  })
})

describe('tables', () => {
  const check = (name: string, accept: string, question: object, lines: readonly string[]) =>
    test(name, async () => {
      const { post } = await serve(PETS)
      const { headers, body } = await post({ ...PAIR, groupBy: ['video'], ...question }, { accept })
      assert.ok(String(headers['content-type']).startsWith(accept))
      assert.deepEqual(body.trimEnd().split(/\r?\n/), lines)
    })
  const ABOUT = '2026-11-21T12:00:29.500Z,true,false,false'

  check('have a row per row', 'text/csv', {}, [
    'videoId,startTime,endTime,count,asOf,complete,reconciled,stale',
    `cats,2026-11-21T08:00:00Z,2026-11-21T10:00:00Z,4,${ABOUT}`,
    `dogs,2026-11-21T08:00:00Z,2026-11-21T10:00:00Z,5,${ABOUT}`,
  ])
  check('have a row per period', 'text/csv', { videoIds: 'cats', granularity: 'PT1H', compare: 'previous' }, [
    'videoId,period,time,count,asOf,complete,reconciled,stale',
    `cats,current,2026-11-21T08:00:00Z,2,${ABOUT}`,
    `cats,current,2026-11-21T09:00:00Z,2,${ABOUT}`,
    `cats,previous,2026-11-21T06:00:00Z,0,${ABOUT}`,
    `cats,previous,2026-11-21T07:00:00Z,1,${ABOUT}`,
  ])
  check('are the same as NDJSON', 'application/x-ndjson', { functions: ['average'], videoIds: 'dogs' }, [
    JSON.stringify({ videoId: 'dogs', ...RANGE, average: 4.5, ...META }),
  ])

  test('tell the next page in a header', async () => {
    const { post } = await serve(PETS)
    const question = { ...PAIR, groupBy: ['video'], limit: 1 }
    const { headers } = await post(question, { accept: 'text/csv' })
    const { rows } = (await post({ ...question, cursor: headers['next-cursor'] })).json()
    assert.deepEqual(rows, [{ videoId: 'dogs', values: { count: 5 } }])
  })
})
