import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type Agent, agentOf } from './agent.ts'

const MOZILLA = 'Mozilla/5.0'
const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)'
const APPLE = 'AppleWebKit/605.1.15 (KHTML, like Gecko)'
const chrome = (system: string, more = 'Chrome/140.0.0.0 Safari/537.36') =>
  `${MOZILLA} (${system}) ${WEBKIT} ${more}`
const PHONE = 'Chrome/140.0.0.0 Mobile Safari/537.36'
const WINDOWS = 'Windows NT 10.0; Win64; x64'
const IPHONE = 'iPhone; CPU iPhone OS 18_5 like Mac OS X'

describe('the device and the browser of', () => {
  const check = (name: string, text: string, device: Agent['device'], browser: string) =>
    test(name, () => assert.deepEqual(agentOf(text), { device, browser }))

  check('Chrome on Windows', chrome(WINDOWS), 'desktop', 'Chrome')
  check('Edge', chrome(WINDOWS, 'Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0'), 'desktop', 'Edge')
  check('Opera', chrome(WINDOWS, 'Chrome/140.0.0.0 Safari/537.36 OPR/120.0.0.0'), 'desktop', 'Opera')
  check(
    'Firefox',
    `${MOZILLA} (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0`,
    'desktop',
    'Firefox',
  )
  const mac = `${MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) ${APPLE}`
  check('Safari', `${mac} Version/18.5 Safari/605.1.15`, 'desktop', 'Safari')
  check('a Chromebook', chrome('X11; CrOS x86_64 14541.0.0'), 'desktop', 'Chrome')
  check(
    'an iPhone',
    `${MOZILLA} (${IPHONE}) ${APPLE} Version/18.5 Mobile/15E148 Safari/604.1`,
    'mobile',
    'Safari',
  )
  check(
    'Chrome on it',
    `${MOZILLA} (${IPHONE}) ${APPLE} CriOS/140.0 Mobile/15E148 Safari/604.1`,
    'mobile',
    'Chrome',
  )
  check('an Android telephone', chrome('Linux; Android 10; K', PHONE), 'mobile', 'Chrome')
  const samsung = 'SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36'
  check('the browser of Samsung', chrome('Linux; Android 10; K', samsung), 'mobile', 'Samsung Internet')
  check(
    'Firefox on Android',
    `${MOZILLA} (Android 14; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0`,
    'mobile',
    'Firefox',
  )
  check('an Android tablet', chrome('Linux; Android 10; K'), 'tablet', 'Chrome')
  const ipad = `${MOZILLA} (iPad; CPU OS 12_5 like Mac OS X) ${APPLE}`
  check('an old iPad', `${ipad} Version/12.1 Mobile/15E148 Safari/604.1`, 'tablet', 'Safari')

  check(
    'a television of Samsung',
    chrome('SMART-TV; LINUX; Tizen 6.0', '76.0/6.0 TV Safari/537.36'),
    'tv',
    'Tizen',
  )
  check(
    'of LG',
    chrome('Web0S; Linux/SmartTV', 'Chrome/87.0 Safari/537.36 WebAppManager'),
    'tv',
    'WebOS Browser',
  )
  check('of Sony', chrome('Linux; Android 9; BRAVIA 4K UR2 Build/PTT1'), 'tv', 'Chrome')
  check('a Fire TV', chrome('Linux; Android 9; AFTMM Build/PS7233', PHONE), 'tv', 'Chrome')
  check(
    'a Chromecast',
    chrome('X11; Linux armv7l', 'Chrome/90.0 Safari/537.36 CrKey/1.56.500000'),
    'tv',
    'Chrome',
  )
  check('a Roku', 'Roku/DVP-9.10 (519.10E04111A)', 'tv', 'Roku')
  check('an Apple TV', 'AppleTV11,1/11.1', 'tv', 'Other')
  const playStation = `${MOZILLA} (PlayStation; PlayStation 5/2.26) ${APPLE} Version/13.0 Safari/605.1.15`
  check('a PlayStation', playStation, 'console', 'Safari')
  check(
    'an Xbox',
    chrome(`${WINDOWS}; Xbox; Xbox One`, 'Chrome/100.0 Safari/537.36 Edg/100.0'),
    'console',
    'Edge',
  )

  check('a program', 'MyApp/1 CFNetwork/1568', 'other', 'Other')
  check('Node', 'node', 'other', 'Other')
  check('something like a name of JavaScript', 'constructor/1', 'other', 'Other')
})

test('without the header nothing is known', () => {
  for (const none of [undefined, '', '  ']) assert.equal(agentOf(none), null)
})

const words = [
  'Mozilla/5.0 ',
  'Chrome/',
  'Mobile ',
  '(',
  ';',
  ' ',
  'Android 9',
  'Version/',
  '1.',
  'like ',
  'é',
  'Tizen',
]
const text = fc.oneof(
  fc.array(fc.constantFrom(...words), { maxLength: 400 }).map((parts) => parts.join('')),
  fc.string({ maxLength: 2_000 }),
)

test('whatever is sent, the words are few and short', () => {
  const devices = ['desktop', 'mobile', 'tablet', 'tv', 'console', 'other']
  fc.assert(
    fc.property(text, (sent) => {
      const agent = agentOf(sent)
      if (agent === null) return
      assert.ok(devices.includes(agent.device))
      assert.match(agent.browser, /^[A-Z][A-Za-z- ]{0,31}$/)
    }),
  )
})
