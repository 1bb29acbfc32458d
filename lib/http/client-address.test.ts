import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addressOf, clientOf, parseTrustedProxies } from './client-address.ts'
import { buildServer } from './server.ts'

describe('an address however it is written', () => {
  const check = (text: string | undefined, address: string | null, client: string) =>
    test(String(text), () => assert.deepEqual([addressOf(text), clientOf(text)], [address, client]))
  check('1.2.3.4', '1.2.3.4', '1.2.3.4')
  check('1.2.3.4:1001', '1.2.3.4', '1.2.3.4')
  check('::ffff:1.2.3.4', '1.2.3.4', '1.2.3.4')
  check('::FFFF:102:304', '1.2.3.4', '1.2.3.4')
  check('[::ffff:1.2.3.4]:1001', '1.2.3.4', '1.2.3.4')
  check('2001:DB8:0:0::1', '2001:db8::1', '2001:db8:0:0::/64')
  check('[2001:db8::2]:1001', '2001:db8::2', '2001:db8:0:0::/64')
  check('[2001:db8::2]', '2001:db8::2', '2001:db8:0:0::/64')
  check('2001:db8:0:1::1', '2001:db8:0:1::1', '2001:db8:0:1::/64')
  check('fe80::1%eth0', 'fe80::1', 'fe80:0:0:0::/64')
  check('::1', '::1', '0:0:0:0::/64')
  check('', null, 'unknown')
  check(undefined, null, 'unknown') // the client is gone
  check('_hidden', null, 'unknown')
  check('1.2.3.4.5', null, 'unknown')
  check('1.2.3.4:port', null, 'unknown')
  check('[1.2.3', null, 'unknown')
})

describe('trusted are', () => {
  const check = (setting: string | undefined, address: string, expected: boolean) =>
    test(`${setting}: ${address} is${expected ? '' : ' not'} trusted`, () =>
      assert.equal(parseTrustedProxies(setting)(address), expected))
  check(undefined, '127.0.0.1', false)
  check('127.0.0.1', '127.0.0.1', true)
  check('127.0.0.1', '::ffff:127.0.0.1', true)
  check('10.0.0.1, 10.1.0.0/16', '10.1.2.3', true)
  check('10.0.0.1, 10.1.0.0/16', '10.1.2.3:5555', true)
  check('10.0.0.1, 10.1.0.0/16', '10.2.0.1', false)
  check('loopback', '127.8.9.1', true)
  check('loopback,uniquelocal', 'fd00::7', true)
  check('2001:db8::/32', '[2001:db8:1::1]:99', true)
  check('10.0.0.1', 'unknown', false)
})

describe('the setting', () => {
  const refused = (setting: string) =>
    test(`refuses ${JSON.stringify(setting)}`, () =>
      assert.throws(() => parseTrustedProxies(setting), /must be addresses or ranges/))
  refused('true')
  refused('1')
  refused('proxy.example')
  refused('10.0.0.1,')
  refused('10.0.0.1 10.0.0.2')
  refused('10.0.0.0/33')
  refused('10.0.0.0/8/8')
  refused('10.0.0.1:80')
})

test('a client is who the nearest proxy that is not trusted says', async () => {
  const app = buildServer({ trustProxy: parseTrustedProxies('127.0.0.1,10.0.0.0/8') })
  app.get('/ip', async ({ ip }) => clientOf(ip))
  const seen = async (forwarded: string) =>
    (await app.inject({ url: '/ip', headers: { 'x-forwarded-for': forwarded } })).body
  assert.equal(await seen('9.9.9.9, 1.2.3.4:1001'), '1.2.3.4')
  assert.equal(await seen('9.9.9.9, 1.2.3.4:1002, 10.0.0.9:4711'), '1.2.3.4')
  assert.equal(await seen('[2001:db8::7]:81'), '2001:db8:0:0::/64')
})
