import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type Aggregate, EMPTY } from '../../../model/total.ts'
import { FUNCTIONS, type StatFunction } from '../question/vocabulary.ts'
import { evaluate, evaluateSeries } from './evaluate.ts'

const QUARTER = { from: 30, to: 45 }

const shown = (fn: StatFunction, aggregate: Aggregate, range = QUARTER) =>
  JSON.stringify(evaluate(fn, aggregate, range))

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
      rate: '0',
      cumulative: '0',
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
      rate: '0.2',
      cumulative: '3',
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
    'has no least value where none is left, as after a correction to nothing',
    { count: 0, values: 0, min: -5, max: 5 },
    { count: '0', min: 'null', max: 'null' },
  )
  check(
    'drops zeros behind the point only',
    { count: 2, values: 2, sum: 10_100n, min: 1_000_000_000_000, max: 0 },
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

  test('no minutes have no rate', () => {
    assert.equal(shown('rate', { ...EMPTY, count: 1 }, { from: 30, to: 30 }), 'null')
  })

  test('a series has its own rate each, and only the running number runs on', () => {
    const slots = [QUARTER, { from: 45, to: 105 }, { from: 105, to: 106 }]
    const sums = [3, 6, 0].map((count) => ({ ...EMPTY, count }))
    const seriesOf = (fn: StatFunction) => JSON.stringify(evaluateSeries(fn, sums, slots))
    assert.deepEqual(
      [seriesOf('count'), seriesOf('rate'), seriesOf('cumulative')],
      ['[3,6,0]', '[0.2,0.1,0]', '[3,9,9]'],
    )
  })
})
