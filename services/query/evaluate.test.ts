import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type Aggregate, EMPTY } from '../model/total.ts'
import { evaluate } from './evaluate.ts'
import { FUNCTIONS, type StatFunction } from './vocabulary.ts'

const shown = (fn: StatFunction, aggregate: Aggregate) => JSON.stringify(evaluate(fn, aggregate))

describe('evaluate', () => {
  const check = (name: string, given: Partial<Aggregate>, expected: Partial<Record<StatFunction, string>>) =>
    test(name, () => {
      for (const fn of FUNCTIONS) {
        if (expected[fn] !== undefined) assert.equal(shown(fn, { ...EMPTY, ...given }), expected[fn], fn)
      }
    })

  check(
    'of nothing is 0, or null where no number makes sense',
    {},
    {
      count: '0',
      sum: '0',
      average: 'null',
      min: 'null',
      max: 'null',
    },
  )
  check(
    'turns thousandths into decimals',
    { count: 3, values: 2, sum: 1500n, min: -5, max: 1505 },
    {
      count: '3',
      sum: '1.5',
      average: '0.75',
      min: '-0.005',
      max: '1.505',
    },
  )
  check(
    'averages over the events with a value only',
    { count: 9, values: 4, sum: 10_000n },
    { average: '2.5' },
  )
  check(
    'rounds an average to the nearest double',
    { count: 3, values: 3, sum: 2000n },
    { average: `${2 / 3}` },
  )
  check('rounds a negative average alike', { count: 3, values: 3, sum: -2000n }, { average: `${-2 / 3}` })
  check(
    'prints sums beyond 2^53 digit by digit',
    { count: 1, values: 1, sum: 9_007_199_254_740_993_123n },
    {
      sum: '9007199254740993.123',
    },
  )
  check(
    'prints negative sums alike',
    { count: 1, values: 1, sum: -(2n ** 90n) },
    {
      sum: '-1237940039285380274899124.224',
    },
  )
  check(
    'drops zeros behind the point only',
    { sum: 10_100n, min: 1_000_000_000_000, max: 0 },
    {
      sum: '10.1',
      min: '1000000000',
      max: '0',
    },
  )

  test('an average whose sum and number are small is what one division gives', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 1, max: 1e6 }), (sum, values) => {
        const aggregate = { ...EMPTY, count: values, values, sum: BigInt(sum) }
        assert.equal(Number(shown('average', aggregate)), sum / (values * 1000) + 0)
      }),
    )
  })
})
