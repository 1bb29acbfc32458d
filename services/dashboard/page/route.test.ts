import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { RANGES } from './ranges.ts'
import { formatRoute, parseRoute, type Route, type TopWindow, VIDEO_DEFAULTS } from './route.ts'

const PLAIN = { noNullPrototype: true }
const type = fc.constantFrom('view', 'like', 'my-own_type')
const video = fc.record(
  {
    page: fc.constant('video' as const),
    videoId: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 128 }),
    range: fc.constantFrom(...RANGES),
    granularity: fc.constantFrom('PT1M' as const, 'PT1H' as const, 'P1D' as const, null),
    type,
    measure: fc.constantFrom('count' as const, 'sum' as const, 'average' as const),
    compare: fc.boolean(),
    table: fc.boolean(),
    dimension: fc.constantFrom(null, 'country', 'utm.source'),
  },
  PLAIN,
)
const overview = fc.record(
  {
    page: fc.constant('overview' as const),
    window: fc.constantFrom<TopWindow>('1h', '6h', '24h'),
    type,
  },
  PLAIN,
)

test('every view survives its link', () => {
  fc.assert(
    fc.property(fc.oneof<fc.Arbitrary<Route>[]>(video, overview), (route) => {
      assert.deepEqual(parseRoute(formatRoute(route)), route)
    }),
  )
})

describe('a link', () => {
  const check = (hash: string, expected: Route | null) =>
    test(hash || 'without a view', () => assert.deepEqual(parseRoute(hash), expected))

  const cats = { ...VIDEO_DEFAULTS, videoId: 'cats' }
  check('', { page: 'overview', window: '1h', type: 'view' })
  check('#/operations', { page: 'operations' })
  check('#/video/cats', cats)
  check('#/video/a%2Fb', { ...cats, videoId: 'a/b' })
  check('#/video/cats?range=7d&by=PT1H&compare=previous', {
    ...cats,
    ...{ range: '7d', granularity: 'PT1H', compare: true },
  })
  check('#/video/cats?range=toString&by=constructor&measure=x&type=VIEW&dimension=a%20b', cats)
  check('#/video/%E0%A4%A', null)
  check('#/video/a/b', null)
  check('#/elsewhere', null)
})

test('what is usual is not in the link', () => {
  assert.equal(formatRoute({ ...VIDEO_DEFAULTS, videoId: 'cats' }), '#/video/cats')
  assert.equal(formatRoute({ page: 'overview', window: '1h', type: 'view' }), '#/')
})
