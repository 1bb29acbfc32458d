import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withoutKey } from './logged-request.ts'

const check = (url: string, expected: string) =>
  test(`${url} is logged as ${expected}`, () => assert.equal(withoutKey(url), expected))

check('/v1/live', '/v1/live')
check('/v1/live?videoId=a%20b', '/v1/live?videoId=a%20b')
check('/v1/live?videoId=a&key=secret', '/v1/live?videoId=a&key=hidden')
check('/v1/live?key=secret&videoId=a&key=other', '/v1/live?key=hidden&videoId=a')
check('/v1/live?%6bey=secret', '/v1/live?key=hidden')
