import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Layout } from '../../model/layout.ts'
import { validateLayouts } from '../../model/validate-layouts.ts'
import {
  type LayoutChange,
  type RoutingChange,
  requestedLayout,
  withChange,
  withoutReplaced,
} from './layout-changes.ts'
import { followSettings, fromJson, isAlike, toJson } from './layout-form.ts'
import type { LayoutError } from './layouts.ts'

const FIRST: Layout = { version: 1, fromMinute: 0, partitions: 4, splits: new Map(), dedicated: new Map() }

const name = fc.constantFrom('a', 'b', 'acme/a')
const change: fc.Arbitrary<LayoutChange> = fc.oneof(
  fc.record({ act: fc.constant('split' as const), video: name, parts: fc.integer({ min: 0, max: 6 }) }),
  fc.record({ act: fc.constant('merge' as const), video: name }),
  fc.record({ act: fc.constant('dedicate' as const), channel: name, parts: fc.integer({ min: 0, max: 5 }) }),
  fc.record({ act: fc.constant('share' as const), channel: name }),
  fc.record({ act: fc.constant('withdraw' as const) }),
  fc.record({
    act: fc.constant('balance' as const),
    automatic: fc.array(fc.tuple(name, fc.integer({ min: 2, max: 4 }))).map((pairs) => new Map(pairs)),
  }),
)

function changed(layout: Layout, ...changes: readonly RoutingChange[]): Layout {
  return changes.reduce(
    (newest, one) =>
      withChange(newest, one, { version: newest.version + 1, fromMinute: newest.fromMinute + 1 }),
    layout,
  )
}

function plain({ splits, dedicated, automatic = new Set() }: Layout) {
  return {
    splits: Object.fromEntries(splits),
    dedicated: Object.fromEntries(dedicated),
    automatic: Array.from(automatic),
  }
}

test('an operator splits and merges videos, and gives channels partitions of their own', () => {
  const layout = changed(
    FIRST,
    { act: 'split', video: 'a', parts: 3 },
    { act: 'split', video: 'b', parts: 2 },
    { act: 'merge', video: 'b' },
    { act: 'dedicate', channel: 'y', parts: 2 },
    { act: 'dedicate', channel: 'x', parts: 1 },
  )
  assert.deepEqual(plain(layout), {
    splits: { a: 3 },
    dedicated: { x: { first: 4, count: 1 }, y: { first: 5, count: 2 } },
    automatic: [],
  })
  assert.deepEqual(plain(changed(layout, { act: 'share', channel: 'x' })).dedicated, {
    y: { first: 4, count: 2 },
  })
})

test('rates change automatic splits only, and what an operator takes over is no longer automatic', () => {
  const first = changed(
    FIRST,
    { act: 'split', video: 'mine', parts: 2 },
    {
      act: 'balance',
      automatic: new Map([
        ['a', 4],
        ['b', 2],
        ['mine', 4],
      ]),
    },
  )
  assert.deepEqual(plain(first), { splits: { mine: 2, a: 4, b: 2 }, dedicated: {}, automatic: ['a', 'b'] })
  const second = changed(
    first,
    { act: 'split', video: 'a', parts: 4 },
    { act: 'balance', automatic: new Map() },
  )
  assert.deepEqual(plain(second), { splits: { mine: 2, a: 4 }, dedicated: {}, automatic: [] })
})

test('a change that breaks a rule is refused in words', () => {
  const layout = changed(FIRST, { act: 'dedicate', channel: 'wide', parts: 8 })
  const check = (
    one: LayoutChange,
    code: string,
    message: RegExp,
    request = { version: 2, fromMinute: null as number | null },
  ) =>
    assert.throws(
      () => requestedLayout([layout], one, request, 100),
      (error: LayoutError) => {
        assert.equal(error.code, code)
        assert.match(error.message, message)
        return true
      },
    )
  const split: Extract<LayoutChange, { act: 'split' }> = { act: 'split', video: 'a', parts: 2 }
  check({ ...split, parts: 9 }, 'refused', /2 to 8 parts/)
  check({ ...split, parts: 1 }, 'refused', /not into 1/)
  check({ act: 'merge', video: 'a' }, 'refused', /video a is not split/)
  check({ act: 'share', channel: 'a' }, 'refused', /channel a has no partitions/)
  check({ act: 'dedicate', channel: 'a', parts: 0 }, 'refused', /1 partition of its own or more/)
  check(
    { act: 'dedicate', channel: 'a', parts: 1_013 },
    'refused',
    /at most 1024 partitions, and 12 are in use/,
  )
  check(split, 'stale', /version 2.*made for version 1/, { version: 1, fromMinute: null })
  check(split, 'too_early', /from 1970-01-01T01:40:00Z at the earliest/, { version: 2, fromMinute: 99 })
  check(split, 'refused', /within a day/, { version: 2, fromMinute: 100 + 1_441 })
})

test('a change that changes nothing makes no layout', () => {
  const layout = changed(FIRST, { act: 'split', video: 'a', parts: 2 })
  const request = { version: 2, fromMinute: null }
  assert.equal(requestedLayout([layout], { act: 'split', video: 'a', parts: 2 }, request, 9), null)
  assert.equal(requestedLayout([layout], { act: 'balance', automatic: new Map() }, request, 9), null)
})

test('whatever is changed, the layouts stay valid and survive being stored', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(change, fc.integer({ min: 1, max: 4 })), { maxLength: 12 }), (changes) => {
      let layouts: readonly Layout[] = [FIRST]
      let from = 1
      for (const [one, passed] of changes) {
        from += passed
        const newest = layouts.at(-1)!
        try {
          const request = { version: newest.version, fromMinute: null }
          const next = requestedLayout(layouts, one, request, from)
          if (next !== null) layouts = [...withoutReplaced(layouts, next), next]
        } catch (error) {
          assert.equal((error as LayoutError).code, 'refused')
        }
      }
      assert.deepEqual(validateLayouts(layouts), [])
      for (const layout of layouts)
        assert.deepEqual(fromJson(JSON.parse(JSON.stringify(toJson(layout)))), layout)
    }),
  )
})

test('settings that change are followed, and what was changed by command stays', () => {
  const place = { version: 9, fromMinute: 9 }
  const wanted = (splits: Record<string, number>, dedicated: Record<string, number> = {}) => ({
    partitions: 4,
    splits: new Map(Object.entries(splits)),
    dedicated: new Map(Object.entries(dedicated)),
  })
  const first = followSettings(undefined, wanted({ a: 2, b: 2 }, { x: 1 }), place)
  const commanded = changed(
    first,
    { act: 'merge', video: 'a' },
    { act: 'split', video: 'c', parts: 3 },
    { act: 'dedicate', channel: 'y', parts: 1 },
    { act: 'balance', automatic: new Map([['d', 4]]) },
  )
  const same = followSettings(commanded, wanted({ a: 2, b: 2 }, { x: 1 }), place)
  assert.ok(isAlike(commanded, same), 'the same settings change nothing')
  const next = followSettings(fromJson(toJson(same)), wanted({ a: 4, d: 2 }), place)
  assert.deepEqual(plain(next), {
    splits: { a: 4, c: 3, d: 2 },
    dedicated: { y: { first: 4, count: 1 } },
    automatic: [],
  })
})

test('what is to come is taken back one by one, and what may be in force is not', () => {
  const withdrawn = (layouts: readonly Layout[], changeableMinute: number) => {
    const request = { version: layouts.at(-1)!.version, fromMinute: null }
    const next = requestedLayout(layouts, { act: 'withdraw' }, request, changeableMinute)!
    return [...withoutReplaced(layouts, next), next]
  }
  const a = { ...changed(FIRST, { act: 'split', video: 'a', parts: 2 }), fromMinute: 60 }
  const b = { ...changed(a, { act: 'split', video: 'b', parts: 2 }), fromMinute: 61 }
  const withoutB = withdrawn([FIRST, a, b], 10)
  assert.deepEqual(withoutB, [FIRST, { ...a, version: 4 }])
  const withoutBoth = withdrawn(withoutB, 10)
  assert.deepEqual(withoutBoth, [FIRST, { ...FIRST, version: 5, fromMinute: 10 }])
  assert.deepEqual(withdrawn([FIRST, a, b], 61), [FIRST, a, { ...a, version: 4, fromMinute: 61 }])
  const refused = { code: 'refused' }
  assert.throws(() => withdrawn(withoutBoth, 10), refused, 'there is nothing left to take back')
  assert.throws(() => withdrawn([FIRST, a, b], 62), refused, 'some may route by it')
  assert.throws(() => withdrawn([FIRST], 0), refused, 'the first')
})
