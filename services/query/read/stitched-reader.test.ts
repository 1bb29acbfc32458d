import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import fc from 'fast-check'
import { dayOf, hourOf, MINUTES_PER_DAY, MINUTES_PER_HOUR } from '../../../model/bucket.ts'
import { type Coverage, coverageEnd, isCovered } from '../../../model/coverage.ts'
import type { Quarters } from '../../../model/quarters.ts'
import { type Aggregate, add, EMPTY } from '../../../model/total.ts'
import {
  BATCH_SOURCE,
  type CountReader,
  type Period,
  type Resolution,
} from '../../../stores/counts/counts.ts'
import type { RollupReader } from '../../../stores/counts/rollups.ts'
import { MemoryCounts } from '../../../testing/memory-counts.ts'
import { MemoryRollups } from '../../../testing/memory-rollups.ts'
import { StitchedReader } from './stitched-reader.ts'

const SERIES = { tenant: '', videoId: 'v', type: 'view' }
const BEGIN = 28_332_000
const DAYS = 6
const END = BEGIN + DAYS * MINUTES_PER_DAY
const HOURS = Array.from({ length: DAYS * 24 }, (_, i) => BEGIN + i * MINUTES_PER_HOUR)
const quarterOf = (minute: number) => Math.floor(minute / 15) * 15
const STARTS = { quarter: quarterOf, hour: hourOf, day: dayOf }
/** The value of rows that must not be read. */
const WRONG: Aggregate = { count: 1e6, values: 1e6, sum: 1_000_000_000n, min: -1e6, max: 1e6 }

/** The truth of a minute: the values of its events, and of those that the stream counted, some perhaps twice. */
type Minute = {
  readonly minute: number
  readonly events: readonly number[]
  readonly stream: readonly number[]
}

type World = {
  readonly minutes: readonly Minute[]
  readonly coverage: Coverage | null
  /** Old periods that are covered are gone from the finer stores. */
  readonly minutesFrom: number
  readonly hoursFrom: number
  /** Of old periods that are not covered, whether the rollup is all that is left of them. */
  readonly onlyRollups: boolean
  /** Hours that were rolled up by a release that kept no quarters. */
  readonly withoutQuarters: readonly number[]
}

const minute: fc.Arbitrary<Minute> = fc
  .record({
    hour: fc.constantFrom(...HOURS),
    offset: fc.constantFrom(0, 1, 14, 15, 30, 44, 59),
    events: fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 4 }),
    counted: fc.array(fc.nat(3), { maxLength: 5 }),
  })
  .map(({ hour, offset, events, counted }) => ({
    minute: hour + offset,
    events,
    stream: counted.map((at) => events[at % events.length]!),
  }))

const world: fc.Arbitrary<World> = fc
  .record({
    minutes: fc.uniqueArray(minute, { selector: ({ minute }) => minute, maxLength: 30 }),
    toMinute: fc.constantFrom(...HOURS, END),
    exceptHours: fc.subarray(HOURS, { maxLength: 12 }),
    runs: fc.integer({ min: 0, max: 9 }),
    minutesFrom: fc.constantFrom(...HOURS),
    daysBefore: fc.nat(DAYS),
    onlyRollups: fc.boolean(),
    withoutQuarters: fc.subarray(HOURS, { maxLength: 50 }),
  })
  .map(({ minutes, toMinute, exceptHours, runs, minutesFrom, daysBefore, ...others }) => ({
    minutes,
    coverage: runs === 0 ? null : { toMinute, exceptHours },
    minutesFrom,
    hoursFrom: dayOf(minutesFrom) - daysBefore * MINUTES_PER_DAY,
    ...others,
  }))

function sumOf(values: readonly number[]): Aggregate {
  const one = (value: number) => ({ count: 1, values: 1, sum: BigInt(value), min: value, max: value })
  return values.map(one).reduce(add, EMPTY)
}

function correctionOf(all: Aggregate, stream: Aggregate): Aggregate {
  const { count, values, sum } = stream
  return { ...all, count: all.count - count, values: all.values - values, sum: all.sum - sum }
}

/** The truth: the events for covered hours, the stream's counts for others. */
function truthOf({ coverage, minutes }: World, resolution: Resolution): Map<number, Aggregate> {
  const truth = new Map<number, Aggregate>()
  for (const { minute, events, stream } of minutes) {
    const start = resolution === 'minute' ? minute : STARTS[resolution](minute)
    const aggregate = sumOf(isCovered(coverage, minute, minute + 1) ? events : stream)
    truth.set(start, add(truth.get(start) ?? EMPTY, aggregate))
  }
  return truth
}

/** Whether an hour or a day is covered, or held as a rollup alone. */
function isGone({ coverage, onlyRollups }: World, from: number, to: number): boolean {
  return isCovered(coverage, from, to) || (onlyRollups && coverage !== null && to <= coverageEnd(coverage))
}

function goneFromCounts(world: World, minute: number): boolean {
  const hour = hourOf(minute)
  return hour < world.minutesFrom && isGone(world, hour, hour + MINUTES_PER_HOUR)
}

function goneFromHours(world: World, hour: number): boolean {
  const day = dayOf(hour)
  return day < world.hoursFrom && isGone(world, day, day + MINUTES_PER_DAY)
}

/** Whether an hour is held as one total alone. */
function isOnlyWhole(world: World, hour: number): boolean {
  return world.withoutQuarters.includes(hour) && goneFromCounts(world, hour)
}

/** Stores what the truth looks like after counting, correcting, rolling up and sweeping. */
async function build(world: World): Promise<StitchedReader> {
  const { coverage, minutes, minutesFrom, hoursFrom } = world
  const counts = new MemoryCounts()
  const rollups = new MemoryRollups()
  for (const { minute, events, stream } of minutes) {
    if (goneFromCounts(world, minute)) continue
    const bucket = { ...SERIES, minute }
    const counted = sumOf(stream)
    if (stream.length > 0) await counts.write('a-0', [{ bucket, total: { ...counted, upTo: 1 } }])
    if (!isCovered(coverage, minute, minute + 1)) continue
    const correction = correctionOf(sumOf(events), counted)
    await counts.write(BATCH_SOURCE, [{ bucket, total: { ...correction, upTo: 1 } }])
  }
  if (coverage !== null) await rollUp(world, rollups)
  return new StitchedReader({
    ...{ counts, rollups },
    coverage: () => coverage,
    kept: () => ({ minutesFrom, hoursFrom }),
  })
}

async function rollUp(world: World, rollups: MemoryRollups): Promise<void> {
  const quarters = truthOf(world, 'quarter')
  const write = (resolution: 'hour' | 'day', start: number, aggregate: Aggregate) => {
    const row = { series: SERIES, start, aggregate }
    if (resolution === 'day' || world.withoutQuarters.includes(start)) {
      return rollups.writeRollups(resolution, 1, [row])
    }
    const ofHour = [0, 15, 30, 45].map((at) => quarters.get(start + at) ?? EMPTY)
    const isWrong = aggregate === WRONG
    const known = (isWrong ? [WRONG, WRONG, WRONG, WRONG] : ofHour) as unknown as Quarters
    return rollups.writeRollups(resolution, 1, [{ ...row, quarters: known }])
  }
  const truth = { hour: truthOf(world, 'hour'), day: truthOf(world, 'day') }
  for (const [hour, aggregate] of truth.hour) {
    const isTrue = isCovered(world.coverage, hour, hour + MINUTES_PER_HOUR) || goneFromCounts(world, hour)
    if (isTrue && !goneFromHours(world, hour)) await write('hour', hour, aggregate)
    if (!isTrue && hour >= world.minutesFrom) await write('hour', hour, WRONG) // of an earlier recount
  }
  for (const [day, aggregate] of truth.day) {
    const isTrue = isCovered(world.coverage, day, day + MINUTES_PER_DAY) || goneFromHours(world, day)
    if (isTrue) await write('day', day, aggregate)
    else if (day >= world.hoursFrom) await write('day', day, WRONG)
  }
}

function nonEmpty(periods: readonly Period[]): Map<number, Aggregate> {
  const held = periods.filter(({ aggregate }) => aggregate.count !== 0)
  return new Map(held.map(({ start, aggregate }) => [start, aggregate]))
}

describe('The stitched reader', () => {
  it('answers the truth at every resolution, whatever is recounted, excepted and gone', async () => {
    const range = fc.tuple(fc.nat(DAYS * 24), fc.nat(DAYS * 24))
    await fc.assert(
      fc.asyncProperty(world, range, fc.nat(3), fc.nat(3), async (world, hours, before, after) => {
        const reader = await build(world)
        const [first, last] = hours.toSorted((a, b) => a - b) as [number, number]
        for (const resolution of ['minute', 'quarter', 'hour', 'day'] as const) {
          const unit = resolution === 'day' ? MINUTES_PER_DAY : MINUTES_PER_HOUR
          const [earlier, later] = resolution === 'quarter' ? [15 * before, 15 * after] : [0, 0]
          const from = Math.floor((BEGIN + first * MINUTES_PER_HOUR) / unit) * unit - earlier
          const to = Math.ceil((BEGIN + last * MINUTES_PER_HOUR) / unit) * unit + later
          const isThere = (start: number) =>
            start >= from &&
            start < to &&
            !(resolution === 'minute' && goneFromCounts(world, start)) &&
            !(resolution === 'quarter' && isOnlyWhole(world, hourOf(start))) &&
            !(['quarter', 'hour'].includes(resolution) && goneFromHours(world, hourOf(start)))
          const { periods } = await reader.read(SERIES, { resolution, from, to })
          const starts = periods.map(({ start }) => start)
          assert.deepEqual(
            starts,
            starts.toSorted((a, b) => a - b),
          )
          const truth = [...truthOf(world, resolution)].filter(([start]) => isThere(start))
          const expected = truth.filter(([, { count }]) => count !== 0).sort(([a], [b]) => a - b)
          const cut = periods.filter(({ isWholeHour }) => !isWholeHour)
          assert.deepEqual(nonEmpty(cut), new Map(expected), resolution)
          for (const { start, isWholeHour, aggregate } of periods) {
            if (!isWholeHour) continue
            assert.ok(resolution === 'quarter' && isOnlyWhole(world, start))
            assert.deepEqual(aggregate, truthOf(world, 'hour').get(start))
          }
        }
      }),
      { numRuns: 500 },
    )
  })

  it('begins no later than the truth, and as late as what is kept allows', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (world) => {
        const reader = await build(world)
        const begin = await reader.firstMinute(SERIES)
        const minutes = [...truthOf(world, 'minute')].filter(([, { count }]) => count !== 0)
        if (minutes.length === 0) return
        const first = Math.min(...minutes.map(([minute]) => minute))
        assert.ok(begin !== null && begin <= first, `${begin} ≤ ${first}`)
        const earliest = Math.min(...world.minutes.map(({ minute }) => minute)) // counted or not
        assert.ok(begin >= dayOf(earliest))
        const isExact = first === earliest && isCovered(world.coverage, first, first + 1)
        if (!isExact || goneFromHours(world, first)) return
        assert.equal(begin, goneFromCounts(world, first) ? hourOf(first) : first)
      }),
      { numRuns: 500 },
    )
  })
})

const NOW = { minutesFrom: BEGIN, hoursFrom: BEGIN }

function reader(counts: Partial<CountReader>, rollups: Partial<RollupReader>, coverage: Coverage | null) {
  return new StitchedReader({
    counts: Object.assign(new MemoryCounts(), counts),
    rollups: Object.assign(new MemoryRollups(), rollups),
    coverage: () => coverage,
    kept: () => NOW,
  })
}

test('the types are those of both layers, in order', async () => {
  const types = async () => ['view', 'like']
  const rollupTypes = async () => ['share', 'view', 'dislike']
  const all = await reader({ types }, { rollupTypes }, null).types('', 'v')
  assert.deepEqual(all, ['dislike', 'like', 'share', 'view'])
})

test('an answer is stale where either layer is', async () => {
  const stale = async () => ({ periods: [], stale: true })
  const coverage = { toMinute: BEGIN + MINUTES_PER_HOUR, exceptHours: [] }
  const range = { from: BEGIN, to: BEGIN + MINUTES_PER_DAY }
  for (const resolution of ['hour', 'day'] as const) {
    const ask = (one: StitchedReader) => one.read(SERIES, { ...range, resolution })
    assert.equal((await ask(reader({ read: stale }, {}, coverage))).stale, true)
    assert.equal((await ask(reader({}, { readRollups: stale }, coverage))).stale, true)
    assert.equal((await ask(reader({}, {}, coverage))).stale, false)
  }
})

test('a long time is read in few calls, also where many hours are excepted', async () => {
  let calls = 0
  const read = async () => {
    calls++
    return { periods: [], stale: false }
  }
  const to = BEGIN + 4_000 * MINUTES_PER_DAY
  const exceptHours = Array.from({ length: 4_000 }, (_, day) => BEGIN + day * MINUTES_PER_DAY)
  const years = { resolution: 'day', from: BEGIN, to } as const
  await reader({ read }, { readRollups: read }, { toMinute: to, exceptHours }).read(SERIES, years)
  assert.ok(calls <= 25, `${calls} calls`)
  calls = 0
  await reader({ read }, { readRollups: read }, { toMinute: to, exceptHours: [] }).read(SERIES, years)
  assert.equal(calls, 1)
})
