import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { guessText, type Key, refusalText, rightsTexts, seemsToSeeAll } from './key-words.ts'

const KEYS = {
  write: { role: 'write', may: ['send'] },
  read: { role: 'read', may: ['read'] },
  full: { role: 'full', may: ['send', 'read', 'manage'] },
  admin: { role: 'admin', may: ['send', 'read', 'manage', 'admin'] },
  root: { role: 'admin', may: ['admin'] },
} as const

function keyOf(name: keyof typeof KEYS): Key {
  return { ...KEYS[name], tenant: name === 'root' ? null : 'acme', expiresAt: null }
}

describe('a key opens', () => {
  const check = (name: keyof typeof KEYS, need: 'read' | 'admin', expected: RegExp | null) =>
    test(`${need === 'read' ? 'the page' : 'Operations'} with ${name}: ${expected === null}`, () => {
      const refusal = refusalText(keyOf(name), need)
      if (expected === null) assert.equal(refusal, null)
      else assert.match(refusal ?? '', expected)
    })
  check('write', 'read', /of the role write: it may only send events/)
  check('read', 'read', null)
  check('full', 'read', null)
  check('root', 'read', null)
  check('read', 'admin', /of the role read. Operations needs one of the role admin/)
  check('admin', 'admin', null)
})

test('what it may and may not do are two sentences, or one', () => {
  assert.deepEqual(rightsTexts(keyOf('full')), {
    may: 'It may look at every number, change titles, notes or milestones and send events.',
    mayNot: 'It may not see Operations.',
  })
  assert.equal(rightsTexts(keyOf('admin')).mayNot, null)
})

test('only a key whose prefix is that of another role seems not to see all', () => {
  const keys = [null, 'ak_1', 'of another make', 'rk_1', 'fk_1']
  assert.deepEqual(keys.map(seemsToSeeAll), [true, true, true, false, false])
})

test('the prefix of a key tells its role while it is typed', () => {
  assert.match(guessText('rk_1234') ?? '', /role read: it may look at every number/)
  assert.equal(guessText('secret'), null)
})
