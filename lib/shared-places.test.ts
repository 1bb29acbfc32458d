import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SharedPlaces } from './shared-places.ts'

test('one owner alone may have all places', () => {
  const places = new SharedPlaces(3)
  const taken = Array.from({ length: 4 }, () => places.take('a', assert.fail))
  assert.deepEqual(
    taken.map((leave) => leave !== null),
    [true, true, true, false],
  )
  taken[0]!()
  taken[0]!() // has no effect
  assert.notEqual(places.take('a', assert.fail), null)
  assert.equal(places.take('a', assert.fail), null)
})

test('whoever holds most gives its latest place to one that holds fewer', () => {
  const places = new SharedPlaces(3)
  const dropped: number[] = []
  for (let i = 0; i < 3; i++) places.take('a', () => dropped.push(i))
  assert.notEqual(places.take('b', assert.fail), null)
  assert.deepEqual(dropped, [2])
  assert.equal(places.take('b', assert.fail), null) // two and one are as equal as two and one
  assert.equal(places.take('a', assert.fail), null)
})

test('nobody is locked out, and no owner that wants more has two fewer than another', () => {
  const turn = fc.record({ owner: fc.constantFrom('a', 'b', 'c', 'd'), leaves: fc.boolean() })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.array(turn, { maxLength: 120 }), (max, turns) => {
      const places = new SharedPlaces(max)
      const held = new Map<string, Set<() => void>>()
      const sizeOf = (owner: string) => held.get(owner)?.size ?? 0
      const total = () => Array.from(held.values()).reduce((sum, { size }) => sum + size, 0)
      for (const { owner, leaves } of turns) {
        const mine = held.get(owner) ?? new Set()
        held.set(owner, mine)
        if (leaves) {
          const [first] = mine
          first?.()
          if (first !== undefined) mine.delete(first)
          continue
        }
        const before = total()
        let leave: (() => void) | null = null
        leave = places.take(owner, () => mine.delete(leave!))
        if (leave === null) {
          assert.equal(before, max)
          for (const { size } of held.values()) assert.ok(size <= sizeOf(owner) + 1)
        } else mine.add(leave)
        assert.ok(total() <= max)
      }
    }),
  )
})
