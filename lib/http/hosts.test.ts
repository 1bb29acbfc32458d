import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answersTo, parseAllowedHosts } from './hosts.ts'
import { buildServer } from './server.ts'

describe('a server answers to', () => {
  const check = (header: string, expected: boolean | null, setting?: string) =>
    test(`${JSON.stringify(header)} with ALLOWED_HOSTS=${setting ?? ''}: ${expected}`, () =>
      assert.equal(answersTo(header, parseAllowedHosts(setting)), expected))
  check('localhost', true)
  check('LocalHost:8080', true)
  check('localhost.:8080', true)
  check('127.0.0.1:8080', true)
  check('10.1.2.3', true)
  check('[::1]:8080', true)
  check('[fd00::1]', true)
  check('evil.example', false)
  check('localhost.evil.example', false)
  check('evil.localhost', false)
  check('127.0.0.1.evil.example', false)
  check('tally.example:8080', true, 'other.example, Tally.example')
  check('tally.example.', true, 'tally.example')
  check('a.tally.example', false, 'tally.example')
  check('a.b.tally.example', true, '*.tally.example')
  check('tally.example', false, '*.tally.example')
  check('evil-tally.example', false, '*.tally.example')
  check('evil.example', true, '*')
  check('', null)
  check('a b', null)
  check('localhost@evil.example', null)
  check('localhost:port', null)
})

describe('the setting', () => {
  const refused = (setting: string) =>
    test(`refuses ${setting}`, () => assert.throws(() => parseAllowedHosts(setting), /must be \* or names/))
  refused('https://tally.example')
  refused('tally.example:8080')
  refused('tally.example,')
  refused('a.*.example')
  refused('a.example,*')
})

test('another name is refused before any route, and told how to be listed', async () => {
  const app = buildServer()
  app.get('/things', async () => ({}))
  for (const url of ['/things', '/nothing']) {
    const answer = await app.inject({ url, headers: { host: 'evil.example:8080' } })
    assert.equal(answer.statusCode, 421)
    assert.equal(answer.json().type, 'urn:tally:problem:host-not-served')
    assert.match(answer.json().detail, /ALLOWED_HOSTS/)
  }
  const listed = buildServer({ allowedHosts: parseAllowedHosts('evil.example') })
  listed.get('/things', async () => ({}))
  const { statusCode } = await listed.inject({ url: '/things', headers: { host: 'evil.example:8080' } })
  assert.equal(statusCode, 200)
})
