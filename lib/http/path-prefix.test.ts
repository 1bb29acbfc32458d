import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parsePathPrefix, withoutPrefix } from './path-prefix.ts'

describe('below /tally,', () => {
  const check = (path: string, expected: string) =>
    test(`${path} is ${expected}`, () => assert.equal(withoutPrefix(path, '/tally'), expected))
  check('/tally/v1/events?key=a', '/v1/events?key=a')
  check('/v1/events', '/v1/events')
  check('/tally', '/')
  check('/tally?a', '/?a')
  check('/tally/', '/')
  check('/tallyho/v1/events', '/tallyho/v1/events')
  check('/tally/tally/v1', '/tally/v1')
  check('*', '*')
})

test('a prefix is a path without a slash at its end', () => {
  assert.equal(parsePathPrefix(undefined), '')
  assert.equal(parsePathPrefix('/a/b-1'), '/a/b-1')
  for (const wrong of ['tally', '/', '/tally/', '/a//b', '/a b', '/a?b', '/..', '/a%20']) {
    assert.throws(() => parsePathPrefix(wrong), /must be a path like \/tally/)
  }
})
