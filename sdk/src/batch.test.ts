import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Batch } from './batch.ts'

const EVENTS = ['{"a":",]"}', '{}', '{"b":"größer 视频"}', '{"c":"\\"[1,2]\\""}'].map((json, at) => ({
  json,
  index: at * 10,
  clockMs: at % 2 ? undefined : at,
}))

function check(batch: Batch, expected: readonly (typeof EVENTS)[number][]) {
  assert.equal(batch.length, expected.length)
  assert.equal(batch.text, `[${expected.map(({ json }) => json)}]`)
  for (const [place, { json, index, clockMs }] of expected.entries()) {
    assert.equal(batch.jsonAt(place), json)
    assert.deepEqual(batch.eventAt(place), JSON.parse(json))
    assert.deepEqual([batch.indexAt(place), batch.clockMsAt(place)], [index, clockMs])
  }
}

test('a batch gives back each of its events as it was written', () => {
  assert.equal(Batch.of([]).length, 0)
  for (let length = 1; length <= EVENTS.length; length++)
    check(Batch.of(EVENTS.slice(0, length)), EVENTS.slice(0, length))
})

test('a part of a batch is a batch', () => {
  check(Batch.of(EVENTS).slice(1, 3), EVENTS.slice(1, 3))
  check(Batch.of(EVENTS).slice(0, 4), EVENTS)
  check(Batch.of(EVENTS).slice(2, 4).slice(1, 2), EVENTS.slice(3))
})
