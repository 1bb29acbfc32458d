// How the SDK rounds values, against how the server reads them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { thousandthsOf } from '../model/decimal.ts'
import { toThousandths } from '../sdk/src/thousandths.ts'

test('the server takes whatever comes out, within its bound', () => {
  const values = fc.double({ min: -1e9, max: 1e9, noNaN: true })
  fc.assert(fc.property(values, (value) => thousandthsOf(toThousandths(value)) !== null))
})

/** The nearest thousandths of a decimal text without an exponent, worked out on its digits. */
function roundedText(text: string): number {
  const [, sign, whole, places = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)!
  const digits = BigInt(whole + places.padEnd(4, '0').slice(0, 4))
  const thousandths = (digits + 5n) / 10n
  return Number(sign === '-' ? -thousandths : thousandths) / 1_000
}

test('rounding agrees with arithmetic on the digits', () => {
  const halves = fc.integer({ min: -1e9, max: 1e9 }).map((at) => (at * 10 + 5) / 10_000)
  const values = fc.oneof(halves, fc.double({ min: -1e9, max: 1e9, noNaN: true }))
  const written = values.filter((value) => !String(value).includes('e'))
  fc.assert(
    fc.property(written, (value) => {
      assert.equal(toThousandths(value), roundedText(String(value)) + 0)
    }),
    { numRuns: 10_000 },
  )
})

test('whether a number has more than three places is decided as the server decides it', () => {
  const values = fc.oneof(
    fc.integer({ min: -1e12, max: 1e12 }).map((at) => at / 1_000),
    fc.double({ min: -1, max: 1 }),
  )
  fc.assert(
    fc.property(values, (value) => (toThousandths(value) === value) === (thousandthsOf(value) !== null)),
  )
})
