import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { marksOf, type Note, placed } from './marks.ts'

const note = (timeMs: number, id = `n${timeMs}`): Note => ({ id, timeMs, text: 'x' })

describe('a note stands at', () => {
  const check = (name: string, timeMs: number, times: readonly number[], expected: number | null) =>
    test(name, () =>
      assert.deepEqual(
        marksOf([note(timeMs)], times).map((mark) => mark.timeMs),
        expected === null ? [] : [expected],
      ),
    )
  check('the start of its period', 15, [0, 10, 20], 10)
  check('a start that is its own time', 20, [0, 10, 20], 20)
  check('the last period, until that is over', 29, [0, 10, 20], 20)
  check('no place after it', 30, [0, 10, 20], null)
  check('no place before the first', -1, [0, 10, 20], null)
  check('the only period', 99, [0], 0)
  check('no place without periods', 1, [], null)
})

test('notes of one period share a mark, in the order of their times', () => {
  const marks = marksOf([note(19), note(3), note(11), note(17, 'b')], [0, 10, 20])
  assert.deepEqual(
    marks.map(({ timeMs, notes }) => [timeMs, notes.map(({ id }) => id)]),
    [
      [0, ['n3']],
      [10, ['n11', 'b', 'n19']],
    ],
  )
})

test('marks stand apart, none is lost, and each knows its room', () => {
  const times = fc.uniqueArray(fc.integer({ min: 0, max: 1_000 }), { maxLength: 40 })
  fc.assert(
    fc.property(times, fc.integer({ min: 1, max: 50 }), (some, gap) => {
      const marks = some.toSorted((a, b) => a - b).map((timeMs) => ({ timeMs, notes: [note(timeMs)] }))
      const places = placed(marks, (timeMs) => timeMs / 2, gap, 500)
      const ids = places.flatMap(({ notes }) => notes.map(({ id }) => id))
      assert.deepEqual(
        ids,
        marks.map(({ notes }) => notes[0]!.id),
      )
      for (const [at, { x, room }] of places.entries()) {
        const next = places[at + 1]?.x ?? 500
        assert.equal(x + room, next)
        if (at < places.length - 1) assert.ok(room >= gap)
      }
    }),
  )
})
