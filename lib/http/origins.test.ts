import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isListed, isOriginPattern, originMeant } from './origins.ts'

const PLAYER = 'https://player.example'
const BELOW = 'https://*.player.example'

describe('an origin', () => {
  const check = (origin: string, pattern: string, expected: boolean) =>
    test(`${origin} is ${expected ? '' : 'not '}one of ${pattern}`, () =>
      assert.equal(isListed(origin, [pattern]), expected))
  check(PLAYER, PLAYER, true)
  check('http://localhost:3000', 'http://localhost:3000', true)
  check('null', PLAYER, false)
  check('', PLAYER, false)
  check('https://player.example.evil', PLAYER, false)
  check('https://evil-player.example', PLAYER, false)
  check('https://evilplayer.example', PLAYER, false)
  check('https://player.example:8443', PLAYER, false)
  check('https://player.example:443', PLAYER, false)
  check('http://player.example', PLAYER, false)
  check('HTTPS://PLAYER.EXAMPLE', PLAYER, false)
  check('https://player.example/', PLAYER, false)
  check('https://player.example@evil.example', PLAYER, false)
  check('https://player.example, https://evil.example', PLAYER, false)
  check('https://xn--mnchen-3ya.example', 'https://xn--mnchen-3ya.example', true)
  check('https://münchen.example', 'https://xn--mnchen-3ya.example', false)
  check('https://a.player.example', BELOW, true)
  check('https://a.b.player.example', BELOW, true)
  check(PLAYER, BELOW, false)
  check('https://evilplayer.example', BELOW, false)
  check('https://.player.example', BELOW, false)
  check('https://a.player.example.evil', BELOW, false)
  check('https://evil.example/.player.example', BELOW, false)
  check('https://evil.example?.player.example', BELOW, false)
  check('https://evil.example#.player.example', BELOW, false)
  check('https://user@a.player.example', BELOW, false)
  check('http://a.player.example', BELOW, false)
  check('https://a.player.example:8443', BELOW, false)
  check('https://a.player.example:8443', 'https://*.player.example:8443', true)
  check('https://aXplayer.example', 'https://*.player.example', false)
})

describe('what may be listed', () => {
  const check = (text: string, expected: boolean, meant: string | null = expected ? text : null) =>
    test(`${JSON.stringify(text)}: ${expected}`, () => {
      assert.equal(isOriginPattern(text), expected)
      assert.equal(originMeant(text), meant)
    })
  check(PLAYER, true)
  check(BELOW, true)
  check('http://127.0.0.1:3000', true)
  check('http://[::1]:3000', true)
  check('*', false)
  check('null', false)
  check('', false)
  check('player.example', false)
  check('https://*.example', false)
  check('https://*', false)
  check('https://*.*.example', false)
  check('https://a*.player.example', false)
  check('https://*.0.0.1', false)
  check('file:///etc/passwd', false)
  check('javascript:alert(1)', false)
  check('https://player.example/', false, PLAYER)
  check('https://player.example/page?x', false, PLAYER)
  check('HTTPS://Player.Example:443', false, PLAYER)
  check('https://münchen.example', false, 'https://xn--mnchen-3ya.example')
  check('https://*.MÜNCHEN.example', false, 'https://*.xn--mnchen-3ya.example')
})
