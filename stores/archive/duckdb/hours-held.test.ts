import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hoursHeld } from './hours-held.ts'
import { markOf } from './mark.ts'

/** 2026-11-30T00:00Z, in minutes. */
const DAY = Date.UTC(2026, 10, 30) / 60_000
const fileOf = (hour: string, name = 'events.aa-0.0-1') =>
  `date=2026-11-30/hour=${hour}/${name}.00000000.parquet`

function check(keys: readonly string[], held: readonly number[], damaged: readonly number[]): void {
  const found = hoursHeld(
    keys.map((key) => ({ key, bytes: 1, modifiedMs: 0 })),
    ({ stem }) => stem.startsWith('flipped'),
  )
  const hours = (some: ReadonlySet<number>) =>
    Array.from(some, (hour) => (hour - DAY) / 60).sort((a, b) => a - b)
  assert.deepEqual([hours(found.held), hours(found.damaged)], [held, damaged])
}

test('an hour with a file that was set aside, is gone or damaged is held, and named', () => {
  check([fileOf('01'), `manifest/${fileOf('01')}.listed`], [1], [])
  check([fileOf('01'), `unreadable/${fileOf('02')}`, `unreadable/${fileOf('02')}.json`], [1, 2], [2])
  check([`manifest/${fileOf('03')}.listed`], [3], [3])
  check([fileOf('04', 'flipped')], [4], [4])
  check([fileOf('all', 'merged-1.h000003')], [0, 1], [])
})

test('a file that was set aside and is back in its place is no damage', () => {
  check([fileOf('01'), `unreadable/${fileOf('01')}`], [1], [])
})

test('other objects hold no hours', () => {
  check(['checkpoints/aa-0.json', 'dimensions/country/x', 'plans/1/plan.json'], [], [])
})

test('the mark of an hour is that of its files, whatever the order in which they are told', () => {
  const files = [fileOf('01'), fileOf('01', 'late.aa-0.0-1'), fileOf('all', 'merged-1.h000006')]
  const marksOf = (keys: readonly string[]) =>
    hoursHeld(keys.map((key) => ({ key, bytes: 1, modifiedMs: 0 }))).marks
  const named = (keys: readonly string[]) => markOf(keys.map((key) => ({ key })))
  const expected = [[DAY + 60, named(files)] as const, [DAY + 120, named(files.slice(2))] as const]
  assert.deepEqual(marksOf(files.toReversed()), new Map(expected))
  const withLost = [...files, `manifest/${fileOf('02', 'lost.aa-0.0-1')}.listed`]
  assert.deepEqual(marksOf(withLost), new Map(expected.slice(0, 1)))
})
