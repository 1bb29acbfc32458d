import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ProblemError } from '../../lib/http/problem.ts'
import { misfit } from '../../testing/check-answers.ts'
import { serve } from '../../testing/query-fixture.ts'
import { queryQuestion } from './question/query-question.ts'
import { DIMENSIONS, FUNCTIONS, GRANULARITIES, QUERY_LIMITS } from './question/vocabulary.ts'

const { app, post } = await serve()
const START = Date.parse('2026-01-01T00:00:00Z')
const ASKED = { videoIds: ['v'], eventTypes: ['view'], startTime: START, endTime: START + 60_000 }
const ids = (count: number) => Array.from({ length: count }, (_, at) => `v${at}`)

describe('a query is refused for', () => {
  const check = (name: string, fields: object, expected: readonly string[], told?: RegExp) =>
    test(name, async () => {
      const response = await post({ ...ASKED, ...fields })
      assert.equal(response.statusCode, 400, response.body)
      const { errors, detail } = response.json()
      const faults = errors.map(({ parameter, code }: Record<string, string>) => `${parameter} ${code}`)
      assert.deepEqual(faults, expected)
      if (told !== undefined) assert.match(detail, told)
    })

  check('what is missing', { videoIds: undefined, eventTypes: undefined }, [
    'videoIds missing_parameter',
    'eventTypes missing_parameter',
  ])
  check(
    'nothing that it is about',
    { videoIds: undefined },
    ['videoIds missing_parameter'],
    /unless channelId or site/,
  )
  check(
    'a field that nobody knows',
    { from: 1 },
    ['from unknown_parameter'],
    /known are videoIds, channelId, site, eventTypes/,
  )
  check('no videos', { videoIds: [] }, ['videoIds invalid_parameter'])
  check('too many videos', { videoIds: ids(101) }, ['videoIds invalid_parameter'], /1–100 different ids/)
  check('a video twice', { videoIds: ['v', 'v'] }, ['videoIds invalid_parameter'])
  check('a video that is none', { videoIds: ['v', 7] }, ['videoIds invalid_parameter'])
  check('too many types', { eventTypes: ids(11) }, ['eventTypes invalid_parameter'], /1–10 different types/)
  check(
    'an unknown function',
    { functions: ['count', 'median'] },
    ['functions invalid_parameter'],
    /count, sum/,
  )
  check(
    'an unknown granularity',
    { granularity: 'PT5M' },
    ['granularity invalid_parameter'],
    /PT1M, PT15M, PT1H/,
  )
  check('an unknown zone', { timeZone: 'Mars/Base' }, ['timeZone invalid_parameter'], /Europe\/Berlin/)
  check(
    'an order by what is not asked for',
    { orderBy: '-sum' },
    ['orderBy invalid_parameter'],
    /one of count, -count\./,
  )
  check('no limit at all', { limit: 0 }, ['limit invalid_parameter'], /from 1 to 1000/)
  check('half a limit', { limit: 1.5 }, ['limit invalid_parameter'])
  check('an unknown comparison', { compare: 'next' }, ['compare invalid_parameter'], /one of previous/)
  check('a cursor of nothing', { cursor: 'x' }, ['cursor invalid_parameter'], /nextCursor/)
  check('null', { timeZone: null }, ['timeZone invalid_parameter'])
  check('a range that ends before it starts', { startTime: START + 60_001 }, ['startTime inverted_range'])
  check(
    'a range in seconds',
    { startTime: 1_759_658_400, endTime: 1_759_744_800 },
    ['endTime before_2000'],
    /It looks like seconds; times are RFC 3339 or epoch milliseconds/,
  )
  check('a range that is too long', { granularity: 'PT1M', endTime: '2026-02-01T00:00:00Z' }, [
    'granularity range_too_long',
  ])
  check(
    'too many periods of too many videos',
    { videoIds: ids(51), granularity: 'PT1M', endTime: START + 60_000_000 },
    ['granularity too_large'],
    /is 51000: at most 50000/,
  )
  check(
    'twice as many, with a comparison',
    {
      videoIds: ids(50),
      granularity: 'PT1M',
      startTime: START + 60_000_000,
      endTime: START + 120_000_000,
      compare: 'previous',
    },
    ['granularity too_large'],
    /is 100000: at most 50000/,
  )
  check(
    'weeks of another zone, of too many videos',
    {
      videoIds: ids(100),
      eventTypes: ids(5),
      granularity: 'P1W',
      timeZone: 'Asia/Kolkata',
      endTime: '2026-07-01T00:00:00Z',
    },
    ['granularity too_large'],
    /at most 10000\. Ask for less time, or UTC/,
  )
  check('several faults at once', { videoIds: [], functions: 'x', granularity: 1, limit: -1, y: 0 }, [
    'y unknown_parameter',
    'videoIds invalid_parameter',
    'functions invalid_parameter',
    'granularity invalid_parameter',
    'limit invalid_parameter',
  ])

  test('a body that is no JSON object', async () => {
    const send = (payload: string, type = 'application/json') =>
      app.inject({ method: 'POST', url: '/v1/query', payload, headers: { 'content-type': type } })
    for (const body of ['[]', '"x"', 'null', '7']) {
      assert.equal((await send(body)).json().errors[0].parameter, 'body', body)
    }
    assert.equal((await send('{')).json().type, 'urn:tally:problem:unreadable-body')
    assert.equal((await send('{"__proto__":1}')).json().type, 'urn:tally:problem:unreadable-body')
    for (const type of ['text/plain', 'application/json; charset=latin1', 'application/json a']) {
      assert.equal((await send('{}', type)).statusCode, 415, type)
    }
    assert.equal((await send(`"${'x'.repeat(QUERY_LIMITS.bodyBytesMax)}"`)).statusCode, 413)
  })
})

describe('what is accepted and what is described are the same', () => {
  const word = fc.constantFrom('count', 'view', 'video', '-count', 'previous', 'UTC', 'x', '', 'P1D')
  const scalar = fc.oneof(word, fc.integer(), fc.constantFrom(null, true, 1.5, {}, [[]], { toString: 1 }))
  const videoIds = fc.oneof(
    fc.constant('v'),
    fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }),
  )
  const groupBy = fc.constantFrom('video', ['type'], [])
  const about = fc.oneof(
    fc.record({ videoIds }),
    fc.record({ channelId: fc.constant('Pets 2'), groupBy }),
    fc.record({ site: fc.constant(true), groupBy }),
  )
  /** Everything is accepted, except an end before 2000. */
  const good: Record<string, fc.Arbitrary<unknown>> = {
    eventTypes: fc.oneof(fc.constant('view'), fc.constant(['view', 'like'])),
    functions: fc.uniqueArray(fc.constantFrom(...FUNCTIONS), { minLength: 1 }),
    startTime: fc.constantFrom(0, '2026-11-01T00:00:00Z', '2026-11-01T00:00:00.5+05:30'),
    endTime: fc.constantFrom(1795200000000, '2026-11-02T00:00:00Z', '1999-12-31T23:59:59Z', 1e11),
    granularity: fc.constantFrom(...GRANULARITIES),
    timeZone: fc.constantFrom('UTC', 'Asia/Kolkata'),
    groupBy: fc.uniqueArray(fc.constantFrom(...DIMENSIONS)),
    orderBy: fc.constantFrom('count', '-count', '-video'),
    limit: fc.integer({ min: 1, max: QUERY_LIMITS.rowsMax }),
    compare: fc.constant('previous'),
  }
  const optional = fc
    .tuple(fc.record(good, { requiredKeys: ['eventTypes'] }), about)
    .map(([others, one]) => ({ ...others, ...one }))
  const odd = fc.record(
    Object.fromEntries(
      ['videoIds', 'channelId', 'site', ...Object.keys(good), 'cursor', 'other'].map((name) => [
        name,
        fc.oneof(scalar, fc.array(scalar)),
      ]),
    ),
    { requiredKeys: [] },
  )
  const body = fc.oneof(
    optional,
    fc.tuple(optional, odd).map(([a, b]) => ({ ...a, ...b })),
    odd,
  )
  /** What a schema cannot express: ranges, sizes, valid zones and cursors, possible orders. */
  const UNSAID = /^(startTime|granularity|timeZone|cursor|orderBy) /

  test('whatever is asked', () => {
    const outcomes = { accepted: 0, refused: 0 }
    fc.assert(
      fc.property(body, (body) => {
        const faults = faultsOf(body)
        const isDescribed = misfit('Query', body) === null
        if (faults.length === 0) assert.ok(isDescribed, 'accepted, but not as described')
        else if (faults.some((fault) => !UNSAID.test(fault))) assert.ok(!isDescribed, faults.join())
        outcomes[faults.length === 0 ? 'accepted' : 'refused']++
      }),
      { numRuns: 2_000 },
    )
    assert.ok(Math.min(outcomes.accepted, outcomes.refused) > 200, JSON.stringify(outcomes))
  })

  function faultsOf(body: object): string[] {
    try {
      queryQuestion(body, 1795262400000)
      return []
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error
      return error.errors!.map(({ parameter, code }) => `${parameter} ${code}`)
    }
  }
})
