import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Period } from '../../../stores/counts/counts.ts'
import { type AnswerForm, decodeAnswer, encodeAnswer, FIRST_MINUTE, PERIODS, TYPES } from './kept-answer.ts'

const SINCE = {
  asOfMs: 1_700_000_000_000.5,
  sureToMs: 1_699_999_999_000,
  askedMs: 1_700_000_000_001,
  tookMs: 0.25,
}
const thousandths = fc.option(fc.integer({ min: -1e12, max: 1e12 }))
const PLAIN = { noNullPrototype: true }
const aggregate = fc.record(
  {
    count: fc.maxSafeNat(),
    values: fc.maxSafeNat(),
    sum: fc.bigInt(-(2n ** 90n), 2n ** 90n),
    min: thousandths,
    max: thousandths,
  },
  PLAIN,
)
const period = fc.record(
  { start: fc.nat(), aggregate, isWholeHour: fc.constant(true as const) },
  { ...PLAIN, requiredKeys: ['start', 'aggregate'] },
)
const periods = fc.array(period) as fc.Arbitrary<Period[]>

function check<T>(form: AnswerForm<T>, answer: T): void {
  const kept = { ...SINCE, answer }
  assert.deepEqual(decodeAnswer(form, encodeAnswer(form, kept)), kept)
}

test('periods come back exactly, whatever the size of their sums', () => {
  fc.assert(fc.property(periods, (answer) => check(PERIODS, answer)))
})

test('types and first minutes come back', () => {
  check(TYPES, [])
  check(TYPES, ['like', 'view'])
  check(FIRST_MINUTE, null)
  check(FIRST_MINUTE, 28_332_000)
})

test('other bytes are no answer', () => {
  for (const text of ['', 'null', '7', '[1,2,3', '[1,2,3,[["x"]]]', '{}']) {
    assert.equal(decodeAnswer(PERIODS, Buffer.from(text)), null, text)
  }
})
