import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isPlainText } from './plain-text.ts'

function check(name: string, value: unknown, expected: boolean, charsMax = 128): void {
  test(`${name} ${expected ? 'is' : 'is not'} plain text`, () =>
    assert.equal(isPlainText(value, charsMax), expected))
}

check('a letter', 'a', true)
check('a space', ' ', true)
check('128 letters', 'a'.repeat(128), true)
check('129 letters', 'a'.repeat(129), false)
check('128 emoji, two units each and 512 bytes,', '😀'.repeat(128), true)
check('129 emoji', '😀'.repeat(129), false)
check('256 letters of three bytes', '字'.repeat(256), true, 256)
check('257 letters of three bytes', '字'.repeat(257), false, 256)
check('256 letters of two bytes', 'é'.repeat(256), true, 256)
check('a family joined by zero-width joiners', '👩‍👩‍👧', true)
check('right-to-left text with its mark', '‏שלום', true)

check('nothing', '', false)
check('a number', 5, false)
check('null', null, false)
for (const unit of [0x00, 0x09, 0x0a, 0x0d, 0x1f, 0x7f, 0x80, 0x85, 0x9f, 0x2028, 0x2029]) {
  check(`U+${unit.toString(16).padStart(4, '0')}`, `a${String.fromCharCode(unit)}b`, false)
}
check('U+00A0', ' ', true)
check('a high surrogate alone', 'a\ud83d', false)
check('a high surrogate before a letter', '\ud83da', false)
check('a low surrogate alone', '\ude00a', false)
check('two high surrogates', '\ud83d\ud83d', false)

test('it agrees with the platform about form, length and bytes', () => {
  const unit = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.string({ unit: 'grapheme', maxLength: 300 }),
  )
  fc.assert(
    fc.property(unit, fc.boolean(), (whole, cut) => {
      const text = cut ? whole.slice(1) : whole
      const chars = [...text].length
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      const hasControls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text)
      const expected =
        text.isWellFormed() && !hasControls && chars >= 1 && chars <= 128 && Buffer.byteLength(text) <= 512
      assert.equal(isPlainText(text, 128), expected)
    }),
    { numRuns: 1_000 },
  )
})
