import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MIB } from '../../../lib/byte-units.ts'
import { dayOf, MINUTES_PER_DAY } from '../../../model/bucket.ts'
import { keysThatCut } from '../../../model/series-range.ts'
import { DAY } from '../../../testing/archive-fixture.ts'
import {
  assigned,
  auditVersionOf,
  checkWhole,
  type HeldHour,
  lotsOf,
  PLAN_FORMAT,
  partsOf,
  type RecountPlan,
  sharesOf,
  siteVersionOf,
  versionOf,
} from './recount-plan.ts'

const BOUNDS = { shareBytesMin: 64 * MIB, shareBytesMax: 256 * MIB }

function held(hour: number, bytes: number): HeldHour {
  return { hour, bytes, mark: 'm', lateMark: null, archivedMs: 0, lateArchivedMs: 0, isBeforeArchive: false }
}

const due = fc
  .uniqueArray(fc.integer({ min: 0, max: 24 * 60 }), { minLength: 1, maxLength: 60 })
  .chain((hours) =>
    fc.tuple(
      ...hours
        .sort((a, b) => a - b)
        .map((i) => fc.constantFrom(1, MIB, 50 * MIB).map((b) => held(DAY + 60 * i, b))),
    ),
  )

test('lots hold every hour once and in order, and never a part of a day', () => {
  fc.assert(
    fc.property(due, (hours) => {
      const lots = Array.from(lotsOf(hours))
      assert.deepEqual(lots.flat(), hours)
      const days = lots.map((lot) => new Set(lot.map(({ hour }) => dayOf(hour))))
      assert.equal(
        new Set(days.flatMap((some) => [...some])).size,
        days.reduce((n, { size }) => n + size, 0),
      )
      for (const [i, lot] of lots.entries())
        if (lot.length > 24) assert.fail(`${lot.length} hours in lot ${i}`)
    }),
  )
})

test('a day of little is one share; more is as many for each partition', () => {
  const parts = (mib: number, partitions: number) => partsOf(mib * MIB, partitions, BOUNDS)
  assert.deepEqual([parts(63, 16), parts(64, 16), parts(4_096, 16), parts(4_097, 16)], [1, 16, 16, 32])
  assert.equal(parts(100 * 1_024, 3) % 3, 0)
  assert.equal(parts(1e9, 16), 4_096)
})

test('shares are whole, wherever the series of a lot are cut, and every partition gets as many', () => {
  const videos = fc.array(
    fc.constantFrom('a', 'b', 'c', 'd', 'e').map((videoId) => ({ tenant: '', videoId })),
  )
  fc.assert(
    fc.property(due, videos, fc.integer({ min: 1, max: 4 }), (hours, sample, partitions) => {
      const shares = Array.from(lotsOf(hours)).flatMap((lot) => sharesOf(lot, keysThatCut(sample, 8)))
      checkWhole({ hours, shares })
      const counts = Array.from({ length: partitions }, () => 0)
      for (const { partition } of assigned(shares, partitions)) if (partition !== null) counts[partition]!++
      assert.ok(Math.max(...counts) - Math.min(...counts) <= 1)
      if (shares.length > 1) {
        const some = shares.filter((_, i) => i !== shares.length >> 1)
        assert.throws(() => checkWhole({ hours, shares: some }), /not the whole/)
      }
    }),
  )
})

test('either half of the partitions gets shares from everywhere', () => {
  for (const partitions of [2, 4, 8, 16, 64]) {
    const range = { from: null, to: null }
    const shares = Array.from({ length: 2 * partitions }, () => ({ hours: [DAY], range }))
    const all = assigned(shares, partitions)
    const ways = [(p: number) => p < partitions / 2, (p: number) => p % 2 === 0]
    for (const isFirst of ways) {
      for (const part of [all.slice(0, partitions), all.slice(partitions)]) {
        const first = part.filter(({ partition }) => isFirst(partition!)).length
        assert.equal(first, partitions / 2, `${partitions} partitions`)
      }
      const runs = all.map(({ partition }) => isFirst(partition!))
      const longest = runs.reduce(
        ([most, now], one, i) => {
          const length = one === runs[i - 1] ? now + 1 : 1
          return [Math.max(most, length), length] as const
        },
        [0, 0] as readonly [number, number],
      )
      assert.ok(longest[0] <= 3, `${longest[0]} in a row of ${partitions} partitions`)
    }
  }
})

test('versions rise from hour to hour, then over sites to audits', () => {
  const hours = [DAY, DAY + 60, DAY + MINUTES_PER_DAY].map((hour) => ({
    ...held(hour, 1),
    wasRecounted: false,
  }))
  const plan: RecountPlan = { format: PLAN_FORMAT, version: 100, closedTo: DAY, hours, shares: [] }
  const all = [versionOf, siteVersionOf].flatMap((of) => hours.map(({ hour }) => of(plan, hour)))
  assert.deepEqual([...all, auditVersionOf(plan)], [100, 101, 102, 103, 104, 105, 106])
})
