import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isLargerThan } from './json-size.ts'

const NO_ESCAPES = { noUnicodeString: false, stringUnit: fc.constantFrom('a', 'é', '字', '😀') }

test('it agrees with JSON.stringify where there is nothing to escape', () => {
  fc.assert(
    fc.property(fc.jsonValue(NO_ESCAPES), (value) => {
      const bytes = Buffer.byteLength(JSON.stringify(value))
      assert.equal(isLargerThan(bytes, value), false)
      assert.equal(isLargerThan(bytes - 1, value), true)
    }),
  )
})

for (const [opening, closing] of [
  ['{"0":', '}'],
  ['[', ']'],
]) {
  test(`a deep nest of ${opening} is measured too`, () => {
    const value = JSON.parse(opening!.repeat(6_000) + 1 + closing!.repeat(6_000))
    assert.equal(isLargerThan(6_000, value), true)
    assert.equal(isLargerThan(40_000, value), false)
  })
}
