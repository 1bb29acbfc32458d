import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { keyRing } from '../../testing/key-ring.ts'
import { takesJson } from './json-body.ts'
import { buildServer } from './server.ts'

describe('a body is judged before it is read', () => {
  const check = (name: string, status: number, type: string, headers: Record<string, string>) =>
    test(name, async () => {
      const app = buildServer()
      app.post('/', { onRequest: takesJson(keyRing('k=a'), 'send') }, async () => 'read')
      const answer = await app.inject({ method: 'POST', url: '/', headers, payload: '{' })
      assert.equal(answer.statusCode, status)
      assert.equal(answer.json().type, `urn:tally:problem:${type}`)
    })
  const known = { 'x-api-key': 'k' }
  const json = { 'content-type': 'application/json' }
  check('by the key that is missing', 401, 'unauthorized', json)
  check('by a key that nobody knows', 403, 'forbidden', { ...json, 'x-api-key': 'x' })
  check('by the key before anything else', 401, 'unauthorized', { 'content-type': 'text/plain' })
  check('by its type', 415, 'unsupported-media-type', { ...known, 'content-type': 'text/plain' })
  check('by its charset', 415, 'unsupported-media-type', {
    ...known,
    'content-type': 'application/json; charset=latin1',
  })
  check('by its encoding', 415, 'unsupported-encoding', { ...known, ...json, 'content-encoding': 'gzip' })
  check('and then it is read', 400, 'unreadable-body', { ...known, ...json, 'content-encoding': 'identity' })
})
