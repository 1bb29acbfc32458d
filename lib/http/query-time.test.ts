import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseQueryTime } from './query-time.ts'

const DAY = Date.UTC(2026, 10, 21)

describe('as a time of a question', () => {
  const check = (given: unknown, expected: number | null) =>
    test(`${JSON.stringify(given)} is ${expected}`, () => assert.equal(parseQueryTime(given), expected))
  check('2026-11-21T00:00:00Z', DAY)
  check('2026-11-21T05:30:00 05:30', DAY)
  check(DAY + 0.5, DAY)
  check(`${DAY}.5`, DAY)
  check(0, 0)
  check(-1, null)
  check('9999-12-30T00:00:01Z', null)
  check(253_402_128_000_000.5, null)
  check('', null)
  check(null, null)
  check([DAY], null)
  check({}, null)
  check({ valueOf: 1, toString: 1 }, null)
  check([{ toString: 1 }], null)
})
