import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { pageAttributes } from './page.ts'

const HERE = 'https://www.player.example/watch/cats?t=9'

describe('a page tells', () => {
  const check = (name: string, referrer: string, href: string, expected: Record<string, string>) =>
    test(name, () => assert.deepEqual(pageAttributes({ href, referrer }), expected))

  const path = 'https://www.news.example:8443/private/letter?to=eva#home'
  check('the host that led to it, and no more of it', path, HERE, { referrer: 'news.example' })
  check('nothing where it was opened directly', '', HERE, {})
  check('nothing of its own host', 'https://player.example/start', HERE, {})
  check('the app that led to it', 'android-app://com.example.reader/', HERE, {
    referrer: 'com.example.reader',
  })
  check('nothing of what is no address', 'about:blank', HERE, {})
  const campaign = `${HERE}&utm_source=letter&utm_medium=e-mail&utm_campaign=f%C3%BCr%20Eva&utm_term=x&email=a%40b`
  const told = { utm_source: 'letter', utm_medium: 'e-mail', utm_campaign: 'für Eva' }
  check('its campaign, and no other part of its address', '', campaign, told)
  check('both', path, campaign, { referrer: 'news.example', ...told })
  check('of an empty campaign nothing', '', `${HERE}&utm_source=&utm_medium=%20`, {})
  check('of a repeated one the first', '', `${HERE}&utm_source=a&utm_source=b`, { utm_source: 'a' })
  check('a file nothing', path, 'file:///tmp/page.html', { referrer: 'news.example' })
})

test('outside of pages there is nothing to tell', () => {
  assert.deepEqual(pageAttributes(), {})
})
