import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyRing } from '../../../testing/key-ring.ts'
import { ProblemError, type ProblemType } from '../problem.ts'
import { parseApiKeys } from './api-keys.ts'
import { tenantOf } from './caller.ts'

const SETTING = 'key-one=acme, a2V5LXR3bw===globex'

function check(
  headers: Record<string, string>,
  expected: string | ProblemType,
  setting: string = SETTING,
): void {
  test(`${JSON.stringify(headers)} with «${setting}» is ${expected || 'the default tenant'}`, () => {
    const keys = keyRing(setting)
    try {
      assert.equal(tenantOf({ ip: '10.0.0.1', headers }, keys, 'read'), expected)
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error
      assert.equal(error.type, expected)
      assert.equal('www-authenticate' in error.headers, error.status === 401)
    }
  })
}

check({}, '', '')
check({ authorization: 'Bearer anything' }, '', ' ')
check({ authorization: 'Bearer key-one' }, 'acme')
check({ authorization: 'bearer  key-one' }, 'acme')
check({ 'x-api-key': 'key-one' }, 'acme')
check({ 'x-api-key': 'a2V5LXR3bw==' }, 'globex')
check({}, 'unauthorized')
check({ 'x-api-key': '' }, 'unauthorized')
check({ authorization: 'Basic a2V5LW9uZQ==' }, 'unauthorized')
check({ authorization: 'Bearer ' }, 'unauthorized')
check({ 'x-api-key': 'key-on' }, 'forbidden')
check({ 'x-api-key': 'acme' }, 'forbidden')
check({ 'x-api-key': 'key-one=acme' }, 'forbidden')
check({ authorization: 'Bearer wrong', 'x-api-key': 'key-one' }, 'forbidden')

test('an unset setting means off', () =>
  assert.equal(tenantOf({ ip: '', headers: {} }, keyRing(undefined), 'read'), ''))

test('all faults of a setting are told together, and no key is among them', () => {
  assert.throws(
    () => parseApiKeys('s3cret,s3cret=bad tenant,ok=a,ok=b,=c'),
    (error: Error) =>
      /entry 1 is not.*entry 2: a tenant.*entry 4 repeats.*entry 5 is not/.test(error.message) &&
      !error.message.includes('s3cret'),
  )
})
