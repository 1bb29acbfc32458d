import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { exactNumber } from '../../../lib/exact-number.ts'
import { jsonPieces } from './json-pieces.ts'

const textOf = (answer: object) => [...jsonPieces(answer)].join('')

test('pieces make up what JSON.stringify gives', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (answer) => {
      assert.equal(textOf(answer), JSON.stringify(answer))
    }),
  )
})

test('numbers stay exact, and what is undefined is left out', () => {
  const rows = [{ sum: exactNumber('12345678901234567890.001') }]
  assert.equal(
    textOf({ a: undefined, rows, b: null }),
    '{"rows":[{"sum":12345678901234567890.001}],"b":null}',
  )
})

test('no item of a list shares its piece with another', () => {
  assert.deepEqual(
    [...jsonPieces({ rows: [{ a: 1 }, { a: 2 }] })],
    ['{"rows":', '[{"a":1}', ',{"a":2}', ']', '}'],
  )
})

test('a long list within an item is written item by item too', () => {
  const answer = {
    rows: [{ id: 'a', series: Array.from({ length: 500 }, (_, at) => ({ at })) }, { id: 'b' }],
  }
  const pieces = [...jsonPieces(answer)]
  assert.equal(pieces.join(''), JSON.stringify(answer))
  assert.ok(Math.max(...pieces.map(({ length }) => length)) < 20)
})
