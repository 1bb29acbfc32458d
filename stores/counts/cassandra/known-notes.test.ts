import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { KnownNotes } from './known-notes.ts'

test('what is used stays known, what is not is forgotten', () => {
  const notes = new KnownNotes(3)
  notes.add('kept', 0)
  notes.add('left', 0)
  for (let i = 0; i < 20; i++) {
    notes.add(`other ${i}`, 0)
    assert.ok(notes.has('kept', 0))
  }
  assert.ok(!notes.has('left', 0))
  assert.ok(!notes.has('never', 0))
})

test('nothing is known that was not added, and what was added last is known', () => {
  const use = fc.record({ key: fc.nat(40), note: fc.nat(31), isAdded: fc.boolean() })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), fc.array(use, { maxLength: 300 }), (keysMax, uses) => {
      const notes = new KnownNotes(keysMax)
      const added = new Set<string>()
      const recent: number[] = []
      for (const { key, note, isAdded } of uses) {
        const name = `${key} ${note}`
        if (isAdded) {
          notes.add(`series ${key}`, note)
          added.add(name)
          recent.push(key)
          assert.ok(notes.has(`series ${key}`, note))
        } else if (notes.has(`series ${key}`, note)) assert.ok(added.has(name), name)
        else if (added.has(name)) assert.ok(new Set(recent).size > keysMax, `${name} is forgotten too early`)
      }
    }),
  )
})

test('a day of a series takes at most 54 bytes, however many of its hours are noted', () => {
  const notes = new KnownNotes(100_000)
  for (let key = 0; key < 100_000; key++) notes.add(`series ${key}`, key % 32)
  for (let key = 0; key < 100_000; key++) notes.add(`series ${key}`, (key + 7) % 32)
  for (let key = 0; key < 100_000; key++) {
    assert.ok(notes.has(`series ${key}`, key % 32) && notes.has(`series ${key}`, (key + 7) % 32))
    assert.ok(!notes.has(`series ${key}`, (key + 1) % 32))
  }
  assert.ok(notes.byteLength <= 54 * 100_000, String(notes.byteLength))
})
