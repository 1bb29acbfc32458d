import assert from 'node:assert/strict'
import { test } from 'node:test'
import { courseOf, type Series } from './course.ts'

const OPTIONS = { startMs: null, granularity: 'P1D', zone: 'UTC', open: false } as const

function days(from: string, count: number): Series {
  return Array.from({ length: count }, (_, at) => {
    const time = new Date(Date.parse(from) + at * 86_400_000).toISOString()
    return { time, value: Number(time.slice(8, 10)) }
  })
}

test('the range before is compared period by period', () => {
  const compared = { comparison: 'previous', series: days('2026-11-01', 3) } as const
  const course = courseOf(days('2026-11-04', 4), compared, OPTIONS)
  assert.deepEqual(course.values, [4, 5, 6, 7])
  assert.deepEqual(course.previous, [1, 2, 3, null])
})

test('dates of a year ago are compared by name, beyond a leap day too', () => {
  const compared = { comparison: 'year', series: days('2027-02-27', 4) } as const
  const course = courseOf(days('2028-02-27', 5), compared, OPTIONS)
  assert.deepEqual(course.values, [27, 28, 29, 1, 2])
  assert.deepEqual(course.previous, [27, 28, 28, 1, 2])
})

test('months of a year ago are compared in order', () => {
  const months = (year: number) =>
    [1, 2, 3].map((month) => ({ time: `${year}-0${month}-01T00:00:00Z`, value: year }))
  const compared = { comparison: 'year', series: months(2025) } as const
  const { previous } = courseOf(months(2026), compared, { ...OPTIONS, granularity: 'P1M' })
  assert.deepEqual(previous, [2025, 2025, 2025])
})

test('without periods to compare with there is no other line', () => {
  assert.equal(courseOf(days('2026-11-04', 2), null, OPTIONS).previous, null)
  const compared = { comparison: 'year', series: undefined } as const
  assert.equal(courseOf(days('2026-11-04', 2), compared, OPTIONS).previous, null)
})

test('a first period that began before the range is cut', () => {
  const startMs = Date.parse('2026-11-04T12:00:00Z')
  assert.equal(courseOf(days('2026-11-04', 2), null, { ...OPTIONS, startMs }).cut, true)
  assert.equal(courseOf(days('2026-11-05', 2), null, { ...OPTIONS, startMs }).cut, false)
})
