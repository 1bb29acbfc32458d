import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { areUsual, isCounted, type Metric, metricsOf, typesOf, USUAL_METRICS } from './columns.ts'

describe('columns are read from', () => {
  const check = (text: string, expected: readonly Metric[] | null) =>
    test(JSON.stringify(text), () => assert.deepEqual(metricsOf(text), expected))
  check('views,dislikes', ['views', 'dislikes'])
  check('time,views,views', ['views', 'time'])
  check('zebra,likes', ['likes'])
  check('', null)
  check('zebra', null)
})

describe('what is counted for', () => {
  const check = (metrics: readonly Metric[], sorted: string, expected: readonly string[]) =>
    test(`${metrics}, sorted by ${sorted}`, () => assert.deepEqual(typesOf(metrics, sorted), expected))
  check(USUAL_METRICS, 'views', ['view', 'like', 'share'])
  check(['time'], 'title', ['view'])
  check(['likes'], 'dislikes', ['like', 'dislike'])
  check(['dislikes'], 'time', ['dislike', 'view'])
})

test('a column of events that were not counted says nothing, rather than nought', () => {
  const types = typesOf(['views'], 'views')
  const columns = ['title', 'published', 'views', 'time', 'likes'].filter((one) => isCounted(one, types))
  assert.deepEqual(columns, ['title', 'published', 'views', 'time'])
})

test('the usual ones are known whatever they were chosen from', () => {
  assert.ok(areUsual(metricsOf(USUAL_METRICS.toReversed().join())!))
  assert.ok(!areUsual(['views']))
})
