import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { serve } from '../../testing/query-fixture.ts'
import { FUNCTIONS, GRANULARITIES } from './question/vocabulary.ts'

const { get } = await serve()

/** The faults of a refused request as `parameter code`. */
async function faultsOf(url: string): Promise<string[]> {
  const response = await get(url)
  assert.equal(response.statusCode, 400, response.body)
  assert.match(response.headers['content-type'] as string, /^application\/problem\+json/)
  const { type, detail, errors } = response.json()
  assert.equal(type, 'urn:tally:problem:invalid-request')
  for (const fault of errors) assert.ok(detail.includes(fault.detail))
  return errors.map(({ parameter, code }: { parameter: string; code: string }) => `${parameter} ${code}`)
}

describe('a question is refused for', () => {
  const check = (name: string, query: string, expected: readonly string[]) =>
    test(name, async () => {
      const asked = `/v1/videos/v/stats?eventType=view&function=count&${query}`
      assert.deepEqual(await faultsOf(asked), expected)
    })

  check('a parameter that nobody knows', 'from=1', ['from unknown_parameter'])
  check('names of the language’s own', '__proto__=1&constructor=2', [
    '__proto__ unknown_parameter',
    'constructor unknown_parameter',
  ])
  check('a parameter given twice', 'function=sum', ['function repeated_parameter'])
  check('a time without a zone', 'startTime=2026-11-21T08:00:00', ['startTime invalid_parameter'])
  check('a day that does not exist', 'startTime=2026-02-30T08:00:00Z', ['startTime invalid_parameter'])
  check('an empty time', 'startTime=', ['startTime invalid_parameter'])
  check('a time before the epoch', 'startTime=1969-12-31T23:59:59Z', ['startTime invalid_parameter'])
  check('a time after the last', 'endTime=9999-12-30T00:00:00.001Z', ['endTime invalid_parameter'])
  check('a time of too many digits', `endTime=${'9'.repeat(400)}`, ['endTime invalid_parameter'])
  check('a range that ends before it starts', 'startTime=1795255200000&endTime=1795248000000', [
    'startTime inverted_range',
  ])
  check('a range that starts after now', 'startTime=2027-01-01T00:00:00Z', ['startTime inverted_range'])
  check('a range in seconds', 'startTime=1759658400&endTime=1759744800', ['endTime before_2000'])
  check('a start in seconds, which would be answered with all there ever was', 'startTime=1759658400', [
    'startTime before_2000',
  ])
  check('a range that ends before 2000', 'startTime=0&endTime=1999-12-31T23:59:59Z', ['endTime before_2000'])
  check('an unknown granularity', 'granularity=P1Y', ['granularity invalid_parameter'])
  check('an unknown zone', 'granularity=P1D&timeZone=Mars/Base', ['timeZone invalid_parameter'])
  check('too many periods', 'granularity=PT1M&startTime=2026-11-01T00:00:00Z', ['granularity range_too_long'])
  check('one period too many', 'granularity=PT1M&startTime=1795248000000&endTime=1795848000001', [
    'granularity range_too_long',
  ])
  check('several faults at once', 'granularity=x&timeZone=y&startTime=z&w=0', [
    'w unknown_parameter',
    'startTime invalid_parameter',
    'timeZone invalid_parameter',
    'granularity invalid_parameter',
  ])

  test('what is missing, with what is allowed', async () => {
    assert.deepEqual(await faultsOf('/v1/videos/v/stats'), [
      'eventType missing_parameter',
      'function missing_parameter',
    ])
    const { errors } = (await get('/v1/videos/v/stats')).json()
    for (const fn of FUNCTIONS) assert.ok(errors[1].detail.includes(fn))
    assert.match(errors[0].detail, /view/)
  })

  test('seconds, with a hint of what they are', async () => {
    const { errors } = (
      await get('/v1/videos/v/stats?eventType=view&function=count&startTime=1759658400&endTime=1759744800')
    ).json()
    const hint =
      'endTime is 1970-01-21T08:49:04.800Z, and nothing was counted before 2000. ' +
      'It looks like seconds; times are RFC 3339 or epoch milliseconds.'
    assert.equal(errors[0].detail, hint)
  })

  test('many unknown parameters at no greater length than a few', async () => {
    const names = Array.from({ length: 1000 }, (_, at) => `x${at}`).join('&')
    const { body } = await get(`/v1/videos/v/summary?${names}`)
    assert.equal(JSON.parse(body).errors.length, 10)
  })

  test('nothing where the periods are as many as may be', async () => {
    const asked =
      '/v1/videos/v/stats?eventType=view&function=count&granularity=PT1M&startTime=1795248000000&endTime=1795848000000'
    assert.equal((await get(asked)).json().series.length, 10_000)
  })

  test('a type or function that breaks the rule', async () => {
    assert.deepEqual(await faultsOf('/v1/videos/v/stats?eventType=VIEW&function=Count'), [
      'eventType invalid_parameter',
      'function invalid_parameter',
    ])
  })

  test('too many periods since the first counted minute', async () => {
    const { get } = await serve([{ time: '2026-11-01T00:00Z', values: [null] }])
    const response = await get('/v1/videos/v/stats?eventType=view&function=count&granularity=PT1M')
    assert.equal(response.json().errors[0].code, 'range_too_long')
  })
})

describe('a summary is refused for', () => {
  test('a range in seconds', async () => {
    const asked = '/v1/videos/v/summary?startTime=1759658400&endTime=1759744800'
    assert.deepEqual(await faultsOf(asked), ['endTime before_2000'])
  })

  test('parameters that only stats know', async () => {
    assert.deepEqual(await faultsOf('/v1/videos/v/summary?eventType=view&endTime=x'), [
      'eventType unknown_parameter',
      'endTime invalid_parameter',
    ])
  })
})

describe('a video’s id', () => {
  const summary = (encoded: string) => `/v1/videos/${encoded}/summary`
  const check = (name: string, id: string) =>
    test(`may be ${name}`, async () => {
      const response = await get(summary(encodeURIComponent(id)))
      assert.equal(response.statusCode, 200, response.body)
      assert.equal(response.json().videoId, id)
    })
  const refuse = (name: string, encoded: string) =>
    test(`may not be ${name}`, async () => {
      assert.deepEqual(await faultsOf(summary(encoded)), ['videoId invalid_parameter'])
    })

  check('a path', 'a/b/../c')
  check('a word of the language', '__proto__')
  check('text of any script', 'видео 视频 🎬')
  check('128 characters of 4 bytes', '🎬'.repeat(128))
  check('what looks encoded', '%2F%00')
  refuse('empty', '')
  refuse('129 characters', 'a'.repeat(129))
  refuse('with a control character', 'a%00b')
  refuse('with a line separator', 'a%E2%80%A8b')

  test('may not be broken UTF-8', async () => {
    const response = await get(summary('%ff'))
    assert.equal(response.statusCode, 400)
    assert.match(response.headers['content-type'] as string, /^application\/problem\+json/)
  })
})

test('no query string makes the server fail', async () => {
  const name = fc.oneof(
    fc.constantFrom('eventType', 'function', 'startTime', 'endTime', 'granularity', 'timeZone', '__proto__'),
    fc.string({ unit: 'binary' }),
  )
  const value = fc.oneof(
    fc.constantFrom(
      'view',
      'P1D',
      'PT1H',
      'PT1M',
      'Europe/Berlin',
      'America/Havana',
      ...FUNCTIONS,
      ...GRANULARITIES,
    ),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.integer({ min: -1, max: 253_500_000_000_000 }).map(String),
    fc.string({ unit: 'binary' }),
  )
  const encode = fc.constantFrom(encodeURIComponent, (text: string) => text.replace(/[^!-~]/g, '%'))
  const pair = fc
    .tuple(name, value, encode)
    .map(([key, text, code]) => `${code(key.toWellFormed())}=${code(text.toWellFormed())}`)
  const query = fc.oneof(
    fc.array(pair, { maxLength: 7 }).map((pairs) => pairs.join('&')),
    fc.array(pair, { maxLength: 4 }).map((pairs) => ['eventType=view&function=sum', ...pairs].join('&')),
  )
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('stats', 'summary'), query, async (route, query) => {
      const { statusCode, body } = await get(`/v1/videos/v/${route}?${query}`)
      assert.ok(statusCode === 200 || statusCode === 400, `${statusCode} ${body}`)
    }),
    { numRuns: 500 },
  )
})
