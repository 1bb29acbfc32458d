import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coverageEnd, exceptionsIn, isCovered } from './coverage.ts'

/** Hours 0, 2 and 3 of the first four, but not 1; half of hour 4 has passed. */
const COVERAGE = { toMinute: 270, exceptHours: [60] }

function check(name: string, [from, to]: readonly [number, number], expected: boolean): void {
  test(name, () => assert.equal(isCovered(COVERAGE, from, to), expected))
}

check('a recounted hour is covered', [0, 60], true)
check('so is every part of it', [17, 18], true)
check('an excepted hour is not', [60, 120], false)
check('nor is a range that has a minute of it', [119, 121], false)
check('a range between exceptions and the end is covered to the last minute', [120, 240], true)
check('an hour that has not ended is not', [239, 241], false)
check('an empty range is covered where the hours before it are', [240, 240], true)

test('where nothing was recounted nothing is covered', () => {
  assert.equal(isCovered(null, 0, 0), false)
})

test('only whole hours count, and each exception that a range touches is told', () => {
  assert.equal(coverageEnd(COVERAGE), 240)
  const coverage = { toMinute: 600, exceptHours: [60, 180, 300] }
  assert.deepEqual(exceptionsIn(coverage, 119, 180), [60])
  assert.deepEqual(exceptionsIn(coverage, 119, 181), [60, 180])
  assert.deepEqual(exceptionsIn(coverage, 120, 301), [180, 300])
  assert.deepEqual(exceptionsIn(coverage, 61, 61), [])
})
