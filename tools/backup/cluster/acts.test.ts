import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byKey, letterAct, privacyAct } from './acts.ts'

const DONE = {
  ...{ id: 'a', act: 'remove-video', tenant: '', subject: 'v1', by: null, askedMs: 5, beforeMinute: 1 },
  ...{ events: 3, doneMs: 9, titleRemoved: true, rewritten: true, ends: { 'aa000000-0': 7 } },
} as const
const ANEW = { doneMs: null, rewritten: false, ends: null }
const entryOf = (body: object, atMs = 5) => ({ atMs, key: 'a', body })

test('an act of privacy is carried out anew, unless it was done before anything was copied', () => {
  const done = entryOf(DONE)
  assert.deepEqual(privacyAct(done, done), done)
  assert.deepEqual(privacyAct(done, undefined).body, { ...DONE, ...ANEW, titleRemoved: false })
  const half = { ...DONE, doneMs: null, titleRemoved: true }
  assert.deepEqual(privacyAct(done, entryOf(half)).body, { ...DONE, ...ANEW })
})

test('what was done about a dead letter after the moment leaves it open, with its identity', () => {
  const replayed = { act: 'replayed', by: 'me', identity: 'v1', event: { id: 'e' }, outcome: { accepted: 1 } }
  const latest = entryOf(replayed, 7)
  assert.deepEqual(letterAct(latest, latest), latest)
  const open = { act: 'replay-begun', by: 'me', identity: 'v1', event: { id: 'e' } }
  assert.deepEqual(letterAct(latest, entryOf({ act: 'replay-begun' }, 6)), entryOf(open, 7))
  assert.deepEqual(letterAct(latest, undefined), entryOf(open, 7))
  const discarded = entryOf({ act: 'discarded', by: null, identity: null, reason: 'old' }, 8)
  const undone = { act: 'replay-begun', by: null, identity: null }
  assert.deepEqual(letterAct(discarded, undefined), entryOf(undone, 8))
  assert.equal(letterAct(null, undefined), null)
})

test('of several entries with a key the newest counts', () => {
  assert.equal(byKey([entryOf(DONE, 9), entryOf(DONE, 2)]).get('a')?.atMs, 9)
})
