import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Layout } from './layout.ts'
import { partitionsNeeded, validateLayouts } from './validate-layouts.ts'

const FIRST: Layout = { version: 1, fromMinute: 0, partitions: 4, splits: new Map(), dedicated: new Map() }
const SECOND: Layout = {
  version: 2,
  fromMinute: 10,
  partitions: 8,
  splits: new Map([['hot', 4]]),
  dedicated: new Map([
    ['later', { first: 10, count: 2 }],
    ['own', { first: 8, count: 2 }],
  ]),
}

function check(second: Partial<Layout>, ...faults: RegExp[]): void {
  const found = validateLayouts([FIRST, { ...SECOND, ...second }])
  assert.equal(found.length, faults.length, found.join('; '))
  faults.forEach((fault, i) => {
    assert.match(found[i]!, fault)
  })
}

test('good layouts have no faults', () => {
  assert.deepEqual(validateLayouts([FIRST, SECOND]), [])
  check({ partitions: 2 })
  check({ fromMinute: 1 })
})

test('there must be a layout', () => {
  assert.deepEqual(validateLayouts([]), ['there is no layout'])
})

test('versions and minutes rise', () => {
  check({ version: 1 }, /layout 1: comes after version 1 and must be higher/)
  check({ fromMinute: 0 }, /layout 2: fromMinute must be after 0/)
  check({ fromMinute: 10.5 }, /fromMinute must be an integer/)
})

test('counts are integers of at least one', () => {
  for (const partitions of [0, -1, 1.5, Number.NaN]) {
    check({ partitions, dedicated: new Map() }, /partitions must be an integer of at least 1/)
  }
  check({ splits: new Map([['hot', 0]]) }, /hot must be split an integer of at least 1 ways/)
  check({ dedicated: new Map([['own', { first: 8, count: 0 }]]) }, /the range of own must be/)
  check({ dedicated: new Map([['own', { first: 8.5, count: 1 }]]) }, /the range of own must be/)
})

test('partitions of a channel are its own', () => {
  check({ partitions: 9 }, /partition 8 of own is in use below 9/)
  const overlapping = new Map([
    ['a', { first: 8, count: 3 }],
    ['b', { first: 9, count: 1 }],
    ['c', { first: 10, count: 1 }],
  ])
  check(
    { dedicated: overlapping },
    /partition 9 of b is in use below 11/,
    /partition 10 of c is in use below 11/,
  )
})

test('all faults are told at once', () => {
  check(
    { version: 0, fromMinute: -1, partitions: 0, splits: new Map([['hot', 0]]) },
    /must be higher/,
    /after 0/,
    /partitions/,
    /split/,
  )
})

test('the log needs the partitions of all layouts', () => {
  assert.equal(partitionsNeeded([FIRST]), 4)
  assert.equal(partitionsNeeded([FIRST, SECOND]), 12)
  assert.equal(partitionsNeeded([SECOND, { ...FIRST, partitions: 20 }]), 20)
})
