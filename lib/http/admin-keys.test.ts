import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adminOf, parseAdminKeys } from './admin-keys.ts'
import { NO_KEYS, parseApiKeys } from './api-keys.ts'

const ADMIN = { headers: { 'x-api-key': 'admin' } }
const TENANT = { headers: { authorization: 'Bearer tenant' } }
const NOBODY = { headers: {} }
const keys = parseApiKeys('tenant=t')

test('without any keys everybody is an admin', () => {
  assert.equal(adminOf(NOBODY, { adminKeys: [], keys: NO_KEYS }), null)
})

test('an admin key is needed as soon as there is a key of any kind', () => {
  const adminKeys = parseAdminKeys('other, admin')
  for (const access of [
    { adminKeys, keys },
    { adminKeys, keys: NO_KEYS },
  ]) {
    assert.match(adminOf(ADMIN, access)!, /^[0-9a-f]{8}$/)
    assert.throws(() => adminOf(NOBODY, access), { type: 'unauthorized' })
    assert.throws(() => adminOf(TENANT, access), { type: 'forbidden' })
  }
  assert.throws(() => adminOf(TENANT, { adminKeys: [], keys }), { type: 'forbidden', message: /ADMIN_KEYS/ })
})

test('faulty entries are named by their place, never by their text', () => {
  assert.deepEqual(parseAdminKeys(undefined), [])
  assert.throws(() => parseAdminKeys('good,se cret,'), {
    message: 'entry 2 is not a key; entry 3 is not a key',
  })
})
