import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { datesOf, isGranularity, PRESET_NAMES } from './ranges/ranges.ts'
import {
  CHANNEL_DEFAULTS,
  formatRoute,
  OVERVIEW_DEFAULTS,
  parseRoute,
  type Route,
  SORT_KEYS,
  type Sort,
  VIDEO_DEFAULTS,
} from './route.ts'
import { METRICS } from './videos/columns.ts'
import { WINDOWS } from './windows.ts'

const PLAIN = { noNullPrototype: true }
const type = fc.constantFrom('view', 'like', 'my-own_type')
const zone = fc.constantFrom(null, 'Asia/Kolkata', 'America/Argentina/Buenos_Aires', 'UTC')
const id = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 128 })
const date = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2040-01-01'), noInvalidDate: true })
  .map((moment) => moment.toISOString().slice(0, 10))
const dates = fc.tuple(date, date).map(([from, to]) => datesOf(from, to)!)
const granularity = fc.constantFrom(
  null,
  ...['PT1M', 'PT15M', 'PT1H', 'P1D', 'P1W', 'P1M'].filter(isGranularity),
)
const course = {
  range: fc.oneof(fc.constantFrom(...PRESET_NAMES), dates),
  ...{ granularity, type, zone, table: fc.boolean() },
  measure: fc.constantFrom('count' as const, 'sum' as const, 'average' as const),
  compare: fc.constantFrom(null, 'previous' as const, 'year' as const),
}
const listing = {
  sort: fc.constantFrom(...SORT_KEYS.flatMap((key): Sort[] => [key, `-${key}`])),
  at: fc.integer({ min: 1, max: 9_999 }),
  columns: fc.option(fc.subarray([...METRICS], { minLength: 1 })),
}
const filter = fc.record(
  {
    by: fc.constantFrom('country', 'utm.source', 'device'),
    value: fc.string({ unit: 'grapheme', maxLength: 40 }),
  },
  PLAIN,
)
const broken = {
  dimension: fc.constantFrom(null, 'country', 'utm.source'),
  where: fc.uniqueArray(filter, { selector: ({ by }) => by, maxLength: 3 }),
}
const video = fc.record(
  {
    page: fc.constant('video' as const),
    ...{ videoId: id, ...course, ...broken },
  },
  PLAIN,
)
const channel = fc.record(
  { page: fc.constant('channel' as const), channelId: id, ...course, ...listing, ...broken },
  PLAIN,
)
const overview = fc.record(
  {
    page: fc.constant('overview' as const),
    window: fc.constantFrom(...WINDOWS),
    period: fc.constantFrom(...PRESET_NAMES),
    ...{ type, zone, ...broken, table: fc.boolean(), ...listing },
  },
  PLAIN,
)

test('every view survives its link', () => {
  fc.assert(
    fc.property(fc.oneof<fc.Arbitrary<Route>[]>(video, channel, overview), (route) => {
      assert.deepEqual(parseRoute(formatRoute(route)), route)
    }),
  )
})

describe('a link', () => {
  const check = (hash: string, expected: Route | null) =>
    test(hash || 'without a view', () => assert.deepEqual(parseRoute(hash), expected))

  const cats = { ...VIDEO_DEFAULTS, videoId: 'cats' }
  check('', OVERVIEW_DEFAULTS)
  check('#/operations', { page: 'operations' })
  check('#/video/cats', cats)
  check('#/video/a%2Fb', { ...cats, videoId: 'a/b' })
  check('#/video/cats?range=7d&by=PT1H&compare=previous', {
    ...cats,
    ...{ range: '7d', granularity: 'PT1H', compare: 'previous' },
  })
  const november = { from: '2026-11-01', to: '2026-11-30' }
  check('#/video/cats?from=2026-11-01&to=2026-11-30&compare=year&zone=Asia/Kolkata', {
    ...cats,
    ...{ range: november, compare: 'year', zone: 'Asia/Kolkata' },
  })
  check('#/video/cats?from=2026-11-30&to=2026-11-01', { ...cats, range: november })
  check('#/video/cats?from=2026-02-30&to=2026-11-01&range=7d&zone=Mars', { ...cats, range: '7d' })
  check('#/video/cats?range=toString&by=constructor&measure=x&type=VIEW&dimension=a%20b&compare=x', cats)
  const kitchen = { ...CHANNEL_DEFAULTS, channelId: 'Slow Kitchen' }
  check('#/channel/Slow%20Kitchen', kitchen)
  check('#/channel/Slow%20Kitchen?sort=title&page=3', { ...kitchen, sort: 'title', at: 3 })
  check('#/channel/Slow%20Kitchen?sort=-x&page=0', kitchen)
  check('#/video/%E0%A4%A', null)
  check('#/video/a/b', null)
  check('#/elsewhere', null)
})

test('what is usual is not in the link', () => {
  assert.equal(formatRoute({ ...VIDEO_DEFAULTS, videoId: 'cats' }), '#/video/cats')
  assert.equal(formatRoute({ ...CHANNEL_DEFAULTS, channelId: 'cats' }), '#/channel/cats')
  assert.equal(formatRoute(OVERVIEW_DEFAULTS), '#/')
})

test('dates and zones can be read in a link', () => {
  const range = { from: '2026-11-01', to: '2026-11-30' }
  assert.equal(
    formatRoute({ ...VIDEO_DEFAULTS, videoId: 'cats', range, zone: 'Asia/Kolkata' }),
    '#/video/cats?from=2026-11-01&to=2026-11-30&zone=Asia/Kolkata',
  )
})
