// What a tab remembers of its plays.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IDLE_MS, PLAYS_MAX, PlaySessions, STORAGE_KEY } from './play-session.ts'
import { MemoryStorage } from './scripted-player.ts'

/** A page of the tab: each draws its own ids. */
function page(storage: MemoryStorage | null, name: string): PlaySessions {
  let ids = 0
  return new PlaySessions(storage, () => `${name}-${++ids}`)
}

const T0 = Date.UTC(2026, 10, 21)

test('the page after a reload finds the id and the time of what happened before', () => {
  const tab = new MemoryStorage()
  const first = page(tab, 'a')
  const event = first.once(first.start('cat'), T0, 'view')
  const second = page(tab, 'b')
  assert.deepEqual(second.once(second.start('cat'), T0 + 90_000, 'view'), event)
  assert.deepEqual(event, { id: 'a-1', time: T0 })
})

test('plays of one page are apart, and each is found again by its number', () => {
  const tab = new MemoryStorage()
  const events = (sessions: PlaySessions) =>
    ['cat', 'dog', 'cat'].map((videoId) => sessions.once(sessions.start(videoId), T0, 'view').id)
  assert.deepEqual(events(page(tab, 'a')), ['a-1', 'a-2', 'a-3'])
  assert.deepEqual(events(page(tab, 'b')), ['a-1', 'a-2', 'a-3'])
})

test('types of one play share the id, and have times of their own', () => {
  const sessions = page(new MemoryStorage(), 'a')
  const key = sessions.start('cat')
  assert.deepEqual(sessions.once(key, T0, 'view'), { id: 'a-1', time: T0 })
  assert.deepEqual(sessions.once(key, T0 + 5, 'quartile-25'), { id: 'a-1', time: T0 + 5 })
  assert.deepEqual(sessions.once(key, T0 + 9, 'view'), { id: 'a-1', time: T0 })
})

test('a session lasts while the video is played, and ends half an hour after', () => {
  const tab = new MemoryStorage()
  const first = page(tab, 'a')
  const key = first.start('cat')
  first.once(key, T0, 'view')
  for (let at = T0; at <= T0 + 3 * IDLE_MS; at += 10_000) first.once(key, at)
  const soon = page(tab, 'b')
  assert.equal(soon.once(soon.start('cat'), T0 + 4 * IDLE_MS - 10_001, 'view').time, T0)
  const late = page(tab, 'c')
  const lateMs = T0 + 6 * IDLE_MS
  assert.deepEqual(late.once(late.start('cat'), lateMs, 'view'), { id: 'c-1', time: lateMs })
})

test('what a tab remembers is bounded', () => {
  const tab = new MemoryStorage()
  const sessions = page(tab, 'a')
  for (let i = 0; i < 3 * PLAYS_MAX; i++) sessions.once(sessions.start('cat'), T0, 'view')
  assert.equal(JSON.parse(tab.getItem(STORAGE_KEY)!).length, PLAYS_MAX)
})

test('without a storage the page itself remembers, and what is not ours is written over', () => {
  const sessions = page(null, 'a')
  const key = sessions.start('cat')
  assert.deepEqual(sessions.once(key, T0, 'view'), sessions.once(key, T0 + 1, 'view'))
  for (const text of ['{', '"text"', 'null', '7', '{"a":1}', '[null]', '[{"key":"1 cat"}]']) {
    const tab = new MemoryStorage()
    tab.setItem(STORAGE_KEY, text)
    const torn = page(tab, 'a')
    assert.deepEqual(torn.once(torn.start('cat'), T0, 'view'), { id: 'a-1', time: T0 }, text)
  }
})
