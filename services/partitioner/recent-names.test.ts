import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { REMEMBERED_MS_MIN, RecentNames } from './recent-names.ts'

const KEY = Uint32Array.of(7, 8)

test('a name is remembered for a period at least, and for two at most after it was seen last', () => {
  const names = new RecentNames(KEY, 16)
  assert.equal(names.has('a', 0), false)
  names.add('a', 0)
  names.add('b', 0)
  assert.equal(names.has('b', REMEMBERED_MS_MIN), true, 'and again, as it was seen now')
  assert.equal(names.has('b', 2 * REMEMBERED_MS_MIN), true)
  assert.equal(names.has('a', 2 * REMEMBERED_MS_MIN), false)
})

test('what comes in great numbers drops what is oldest, and never grows the tables', () => {
  const names = new RecentNames(KEY, 16)
  names.add('seldom', 0)
  for (let i = 0; i < 10_000; i++) {
    names.add(`flood ${i}`, 0)
    if (i % 10 === 0) names.has('often', 0) || names.add('often', 0)
    assert.equal(names.has(`flood ${i}`, 0), true)
    if (i >= 10) assert.equal(names.has('often', 0), true)
  }
  assert.equal(names.has('seldom', 0), false)
})

test('a clock that is set back makes nobody forgotten', () => {
  const names = new RecentNames(KEY, 16)
  names.add('a', 5 * REMEMBERED_MS_MIN)
  assert.equal(names.has('a', 0), true)
  assert.equal(names.has('a', REMEMBERED_MS_MIN), true)
})

test('names are told apart as by a set that forgets nothing, while they are few', () => {
  const name = fc.oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.constantFrom('a', 'b', 'a\0', '\0a'))
  fc.assert(
    fc.property(fc.array(name, { maxLength: 60 }), (some) => {
      const names = new RecentNames(KEY, 64)
      const seen = new Set<string>()
      for (const one of some) {
        assert.equal(names.has(one, 0), seen.has(one))
        names.add(one, 0)
        seen.add(one)
      }
    }),
  )
})
