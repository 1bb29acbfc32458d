import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UsageFault } from '../../lib/flags-reader.ts'
import { inTurn, ratiosOf } from './ratios.ts'
import { parseOptions } from './regression-options.ts'

const pairs = (...ratios: readonly number[]) => ratios.map((ours) => ({ ours: 3 * ours, theirs: 3 }))

test('the median of the pairs decides, not one that was disturbed', () => {
  assert.deepEqual(ratiosOf(pairs(1, 1.1, 9), 1.15), { median: 1.1, least: 1, most: 9, isBeyond: false })
  assert.equal(ratiosOf(pairs(1.02, 1.2, 1.3), 1.15).isBeyond, true)
  assert.equal(ratiosOf(pairs(0.5, 0.5, 2), 1.15).isBeyond, false)
})

test('a median beyond the bound says nothing where many pairs say the contrary', () => {
  assert.equal(ratiosOf(pairs(0.9, 0.95, 1.3, 1.3, 1.3), 1.15).isBeyond, false)
  assert.equal(ratiosOf(pairs(0.9, 1.1, 1.3, 1.3, 1.3), 1.15).isBeyond, true)
})

test('ours and theirs are first by turns', () => {
  assert.deepEqual(
    [0, 1, 2].map((i) => inTurn(i, 'ours', 'theirs')[0]),
    ['ours', 'theirs', 'ours'],
  )
})

test('without flags all three are compared with the newest release', () => {
  assert.deepEqual(parseOptions([]), {
    against: null,
    only: ['step', 'decode', 'ingest'],
    ...{ pairs: 9, bound: 1.15, quick: false },
  })
  assert.deepEqual(parseOptions(['--only', 'ingest,step']).only, ['ingest', 'step'])
})

for (const args of [['--only', 'sdk'], ['--bound', '0.9'], ['--pairs', '0'], ['--against', ''], ['HEAD~1']]) {
  test(`${args.join(' ')} is refused`, () => {
    assert.throws(() => parseOptions(args), UsageFault)
  })
}
