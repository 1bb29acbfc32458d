import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { KeyRing } from '../../lib/http/keys/key-ring.ts'
import { digestOf } from '../../lib/http/keys/known-key.ts'
import type { Automated } from '../../model/automated.ts'
import { anEvent, openDoor } from '../../testing/door-fixture.ts'
import { automatedOf } from './automated.ts'

const ORIGIN = 'https://player.example'
const MOZILLA = 'Mozilla/5.0'
const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)'
const FIREFOX = `${MOZILLA} (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0`
const CHROME = `${MOZILLA} (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/140.0.0.0 Safari/537.36`
const IPHONE = `${MOZILLA} (iPhone; CPU iPhone OS 18_5 like Mac OS X) ${WEBKIT} Version/18.5 Mobile/15E148 Safari/604.1`
const CRAWLER = 'compatible; Googlebot/2.1; +http://www.google.com/bot.html'
const GOOGLEBOT = `${MOZILLA} ${WEBKIT.replace(')', `; ${CRAWLER})`)} Chrome/140.0.0.0 Safari/537.36`
const HEADLESS = CHROME.replace('Chrome/', 'HeadlessChrome/')

describe('automated', () => {
  const check = (name: string, headers: Record<string, string>, expected: Automated | null) =>
    test(name, () => assert.equal(automatedOf(headers), expected))

  check('a viewer with Firefox', { origin: ORIGIN, 'user-agent': FIREFOX }, null)
  check('a viewer with Chrome', { origin: ORIGIN, 'user-agent': CHROME }, null)
  check('a viewer with a telephone', { origin: ORIGIN, 'user-agent': IPHONE }, null)
  check('a crawler', { origin: ORIGIN, 'user-agent': GOOGLEBOT }, 'bot')
  check('a crawler that is met again', { origin: ORIGIN, 'user-agent': GOOGLEBOT }, 'bot')
  check('a browser without a screen', { origin: ORIGIN, 'user-agent': HEADLESS }, 'headless')
  const prerender = { origin: ORIGIN, 'user-agent': CHROME, 'sec-purpose': 'prefetch;prerender' }
  check('a page that is fetched ahead', prerender, 'prefetch')
  check(
    'the same with the older header',
    { origin: ORIGIN, 'user-agent': FIREFOX, 'x-moz': 'prefetch' },
    'prefetch',
  )
  check('a server, whatever it calls itself', { 'user-agent': 'python-requests/2.32' }, null)
})

const keys = new KeyRing({ apiKeys: [], adminKeys: [] })
keys.takeFiled(
  [{ digest: digestOf('wk_1'), role: 'write', tenant: 'acme', origins: [ORIGIN], expiresMs: null }],
  true,
)

/** The attributes with which an event is stored that was sent with these headers. */
async function storedAttributes(headers: Record<string, string>, attributes?: object): Promise<unknown> {
  const door = openDoor({ keys })
  const { statusCode } = await door.app.inject({
    ...{ method: 'POST', url: '/v1/events' },
    headers: { 'content-type': 'application/json', 'x-api-key': 'wk_1', ...headers },
    payload: JSON.stringify(anEvent(attributes === undefined ? {} : { attributes })),
  })
  assert.equal(statusCode, 202)
  const [stored] = await door.stored()
  const text = stored!.event.attributes
  return text === null ? null : JSON.parse(text)
}

test('an event of a crawler is stored with a stamp beside its own attributes', async () => {
  const page = { origin: ORIGIN, 'user-agent': GOOGLEBOT }
  assert.deepEqual(await storedAttributes(page), { 'tally.automated': 'bot' })
  assert.deepEqual(await storedAttributes(page, { country: 'DE' }), {
    country: 'DE',
    'tally.automated': 'bot',
  })
})

test('an event of a viewer is stored as it is', async () => {
  assert.equal(await storedAttributes({ origin: ORIGIN, 'user-agent': FIREFOX }), null)
})

test('a server says for itself what it knows of a viewer', async () => {
  const known = { 'tally.automated': 'headless' }
  assert.deepEqual(await storedAttributes({ 'user-agent': 'okhttp/5' }, known), known)
})
