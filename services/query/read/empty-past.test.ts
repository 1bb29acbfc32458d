import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { minuteOf } from '../../../model/bucket.ts'
import { MORNING, serve, VIEWS } from '../../../testing/query-fixture.ts'

/** Before this day only whole days are kept. */
const kept = () => {
  const minute = minuteOf(Date.parse('2026-11-21T00:00:00Z'))
  return { minutesFrom: minute, hoursFrom: minute }
}
const timesOf = (points: readonly { time: string }[]) => points.map(({ time }) => time)

describe('a past that is not kept so finely is cut where nothing was counted:', () => {
  const check = (name: string, query: string, expected: readonly string[]) =>
    test(name, async () => {
      const { json } = await serve(MORNING, { kept })
      const { series, value } = await json(`${VIEWS}=count&${query}`)
      assert.deepEqual(timesOf(series), expected)
      assert.equal(value, 0)
    })
  const DAYS = 'startTime=2011-12-29T10:00:00Z&endTime=2011-12-31T10:00:00Z&granularity=P1D'
  check('by days where one was skipped', `${DAYS}&timeZone=Pacific/Apia`, [
    '2011-12-29T00:00:00-10:00',
    '2011-12-31T00:00:00+14:00',
  ])
  const HOURS = 'startTime=2024-04-06T14:00:00Z&endTime=2024-04-06T16:00:00Z&granularity=PT1H'
  check('by hours where the clock went back by half of one', `${HOURS}&timeZone=Australia/Lord_Howe`, [
    '2024-04-07T01:00:00+11:00',
    '2024-04-07T01:30:00+10:30',
    '2024-04-07T02:00:00+10:30',
  ])
})

test('of many videos too, and of the period before', async () => {
  const { post } = await serve(MORNING, { kept })
  const response = await post({
    videoIds: ['v', 'w'],
    eventTypes: ['view'],
    startTime: '2024-03-31T10:00:00Z',
    endTime: '2024-03-31T12:00:00Z',
    granularity: 'PT1H',
    compare: 'previous',
  })
  const [{ values, series, previous }] = response.json().rows
  assert.deepEqual(values, { count: 0 })
  assert.deepEqual(timesOf(series), ['2024-03-31T10:00:00Z', '2024-03-31T11:00:00Z'])
  assert.deepEqual(timesOf(previous.series), ['2024-03-31T08:00:00Z', '2024-03-31T09:00:00Z'])
})

test('and is not where anything was', async () => {
  const { get } = await serve([...MORNING, { time: '2024-03-31T09:00Z', values: [null] }], { kept })
  const range = 'startTime=2024-03-31T10:00:00Z&endTime=2024-03-31T12:00:00Z&granularity=PT1H'
  const response = await get(`${VIEWS}=count&${range}`)
  assert.equal(response.statusCode, 400)
  assert.equal(response.json().errors[0].code, 'resolution_expired')
})
