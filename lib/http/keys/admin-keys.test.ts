import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyRing } from '../../../testing/key-ring.ts'
import { parseAdminKeys } from './admin-keys.ts'
import { adminOf } from './caller.ts'
import { NO_KEYS } from './key-ring.ts'

const ip = '10.0.0.1'
const ADMIN = { ip, headers: { 'x-api-key': 'admin' } }
const TENANT = { ip, headers: { authorization: 'Bearer tenant' } }
const NOBODY = { ip, headers: {} }

test('without any keys everybody is an admin', () => {
  assert.equal(adminOf(NOBODY, NO_KEYS), null)
})

test('an admin key is needed as soon as there is a key of any kind', () => {
  for (const keys of [keyRing('tenant=t', 'other, admin'), keyRing('', 'other, admin')]) {
    assert.match(adminOf(ADMIN, keys)!, /^[0-9a-f]{8}$/)
    assert.throws(() => adminOf(NOBODY, keys), { type: 'unauthorized' })
    assert.throws(() => adminOf(TENANT, keys), { type: 'forbidden' })
  }
  assert.throws(() => adminOf(TENANT, keyRing('tenant=t')), {
    type: 'forbidden',
    message: /another role: admin/,
  })
})

test('faulty entries are named by their place, never by their text', () => {
  assert.deepEqual(parseAdminKeys(undefined), [])
  assert.throws(() => parseAdminKeys('good,se cret,'), {
    message: 'entry 2 is not a key; entry 3 is not a key',
  })
})
