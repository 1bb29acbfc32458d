import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NAME_KEY, SETTINGS } from '../../../testing/event-fixture.ts'
import { minuteState, newState } from './source-state.ts'

test('a minute begins with room for as many ids as the minute before had, and without it for few', () => {
  const state = newState(SETTINGS, NAME_KEY.id)
  const { seen } = minuteState(state, 10)
  const few = seen.byteLength
  let word = 1
  for (let i = 0; i < 5_000; i++) {
    word = (Math.imul(word, 1_664_525) + 1_013_904_223) >>> 0
    seen.add(Uint32Array.of(word, i, 0, word >>> 16), 0)
  }
  const next = minuteState(state, 11).seen.byteLength
  assert.ok(next >= (5_000 * 16) / 0.75 && next <= 2 * seen.byteLength, `${next} bytes`)
  assert.equal(minuteState(state, 13).seen.byteLength, few)
})
