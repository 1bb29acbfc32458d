import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isPublicAddress, parseReceivers, receiverFault } from './public-address.ts'

const NONE = parseReceivers(undefined)

describe('An address', () => {
  const check = (address: string, expected: boolean) =>
    test(`${address} is ${expected ? '' : 'not '}public`, () =>
      assert.equal(isPublicAddress(address), expected))
  for (const address of ['8.8.8.8', '1.1.1.1', '172.15.0.1', '172.32.0.1', '192.167.1.1', '223.255.255.255'])
    check(address, true)
  for (const address of [
    ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.255.255.254', '169.254.169.254', '172.16.0.1'],
    ...[
      '172.31.255.255',
      '192.0.0.1',
      '192.168.0.1',
      '198.18.0.1',
      '224.0.0.1',
      '240.0.0.1',
      '255.255.255.255',
    ],
  ])
    check(address, false)
  for (const address of ['2606:4700:4700::1111', '2a00:1450:4001::1', '2001:4860:4860::8888'])
    check(address, true)
  for (const address of [
    ...['::', '::1', 'fe80::1', 'fc00::1', 'fd12:3456::1', 'ff02::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8'],
    ...['64:ff9b::7f00:1', '2002:7f00:1::', '2001::1', '2001:db8::1', '::127.0.0.1', 'fec0::1', '100::1'],
  ])
    check(address, false)
  for (const text of ['', 'localhost', '127.1', 'fe80::1%eth0']) check(text, false)
})

describe('A receiver', () => {
  const check = (url: unknown, rule: RegExp | null, allowed = NONE) =>
    test(`${JSON.stringify(url)} ${rule === null ? 'may be told' : 'is refused'}`, () => {
      const fault = receiverFault(url, allowed)
      if (rule === null) assert.equal(fault, null)
      else assert.match(String(fault), rule)
    })
  check('https://hooks.example/tally?x=1', null)
  check('https://hooks.example:8443/', null)
  check('https://8.8.8.8/', null)
  check('http://hooks.example/', /https/)
  check('ftp://hooks.example/', /https/)
  check('hooks.example', /https/)
  check(7, /https/)
  check(`https://hooks.example/${'x'.repeat(2_048)}`, /2048/)
  check('https://user:pass@hooks.example/', /name and password/)
  check('https://hooks.example/#x', /fragment/)
  for (const host of [
    '127.0.0.1',
    '0x7f.1',
    '2130706433',
    '017700000001',
    '[::1]',
    '[::ffff:7f00:1]',
    '10.0.0.1',
  ])
    check(`https://${host}/`, /public internet/)
  const listed = parseReceivers('127.0.0.1:9000, hooks.internal')
  check('http://127.0.0.1:9000/x', null, listed)
  check('http://127.0.0.1:9001/x', /https/, listed)
  check('https://127.0.0.1:9001/x', /public internet/, listed)
  check('http://hooks.internal:1234/', null, listed)
  check('http://Hooks.Internal/', null, listed)
})

test('the setting refuses what is no host, by name', () => {
  assert.deepEqual(parseReceivers(' A.example ,[::1]:90,'), new Set(['a.example', '[::1]:90']))
  assert.throws(() => parseReceivers('a.example,http://b,c/d'), /"http:\/\/b", "c\/d": must be hosts/)
})
