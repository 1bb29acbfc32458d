import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HOUR_MS, MINUTE_MS } from '../../../model/bucket.ts'
import { AHEAD_MS_MAX } from '../../../model/naming.ts'
import {
  ALL_HOURS,
  type CountForm,
  formsOf,
  hourToAdd,
  LEASE_MS,
  maySettle,
  partsOf,
  SHARDS_MAX,
  shardOf,
  shardsOf,
} from './count-forms.ts'

const HOUR = 472_200 * 60

function check(what: string, entries: readonly CountForm[], minute: number, expected: number | null): void {
  test(`a minute ${what}`, () => {
    const { forms } = formsOf(entries.map((entry) => ({ ...entry, state: 'settled' })))
    assert.equal(shardsOf(forms, minute), expected)
  })
}

const TWO = [
  { fromHour: HOUR, shards: 16 },
  { fromHour: HOUR + 600, shards: 32 },
]
check('of a keyspace without entries is in the table by days', [], HOUR, null)
check('before the first entry is in the table by days', TWO, HOUR - 1, null)
check('has the shards of the entry that begins with it', TWO, HOUR, 16)
check('has the shards of the latest entry before it', TWO, HOUR + 599, 16)
check('has the shards of the last entry for ever', TWO, HOUR + 999_999, 32)
check('has the same whatever the order of the entries', TWO.toReversed(), HOUR + 600, 32)
check('long ago is held by an entry for all hours', [{ fromHour: ALL_HOURS, shards: 4 }], -1e9, 4)

test('an entry for all hours begins with the year 1', () => {
  assert.equal(new Date(ALL_HOURS * MINUTE_MS).toISOString(), '0001-01-01T00:00:00.000Z')
})

test('what is not settled does not hold, and what is withdrawn is no more', () => {
  const entry = (fromHour: number, state: 'proposed' | 'settled' | 'withdrawn') =>
    ({ fromHour, shards: 2, state }) as const
  const states = [
    entry(60, 'settled'),
    entry(240, 'proposed'),
    entry(180, 'proposed'),
    entry(120, 'withdrawn'),
  ]
  assert.deepEqual(formsOf(states), { forms: [{ fromHour: 60, shards: 2 }], openFrom: 180 })
  assert.deepEqual(formsOf([entry(60, 'withdrawn')]), { forms: [], openFrom: null })
})

test('a lease is longer than any event may be ahead of the clock', () => {
  assert.ok(LEASE_MS >= AHEAD_MS_MAX + 30 * MINUTE_MS)
})

test('an entry that is added at once may be settled, for a quarter of an hour at least', () => {
  fc.assert(
    fc.property(fc.nat(1e6), (seconds) => {
      const nowMs = HOUR * MINUTE_MS + seconds * 1_000
      assert.equal(hourToAdd(nowMs) % 60, 0)
      assert.ok(maySettle(hourToAdd(nowMs), nowMs + HOUR_MS / 4))
    }),
  )
})

test('parts of a range hold each minute once, each in the partition that the minute is in', () => {
  const entries = fc.uniqueArray(
    fc.record({ hour: fc.integer({ min: -30, max: 60 }), shards: fc.integer({ min: 1, max: 40 }) }),
    { maxLength: 4, selector: ({ hour }) => hour },
  )
  const range = fc.record({ from: fc.integer({ min: -2_000, max: 2_000 }), length: fc.nat(3_000) })
  fc.assert(
    fc.property(entries, range, (some, { from, length }) => {
      const states = some.map(({ hour, shards }) => ({
        fromHour: hour * 60,
        shards,
        state: 'settled' as const,
      }))
      const { forms } = formsOf(states)
      const parts = partsOf(forms, from, from + length)
      const minutes = parts.flatMap((part) =>
        Array.from({ length: part.to - part.from }, (_, i) => {
          const minute = part.from + i
          assert.equal(shardsOf(forms, minute), part.shards)
          const of = part.shards === null ? 1_440 : 60
          assert.equal(Math.floor(minute / of), Math.floor(part.from / of))
          return minute
        }),
      )
      assert.deepEqual(
        minutes,
        Array.from({ length }, (_, i) => from + i),
      )
    }),
  )
})

test('videos spread evenly over any number of shards', () => {
  for (const shards of [1, 16, 1_000, SHARDS_MAX]) {
    const counts = new Array<number>(shards).fill(0)
    for (let i = 0; i < 100 * shards; i++) counts[shardOf({ tenant: 't', videoId: `v${i}` }, shards)]!++
    assert.ok(Math.max(...counts) < 180, `${Math.max(...counts)} of 100 in one of ${shards}`)
  }
})
