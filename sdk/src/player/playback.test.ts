// What holds of any sequence of moments, however odd the order of the media events that brought them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  beginPlayback,
  GAP_HIDDEN_MS,
  GAP_MS,
  HEARTBEAT_MS,
  type Measured,
  type Moment,
  STALL_MIN_MS,
  step,
} from './playback.ts'
import { addRange, RANGES_MAX, totalS } from './played-ranges.ts'

const positionS = fc.double({ min: 0, max: 100, noNaN: true })
const durationS = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 0, 8, 100)
const flag = fc.boolean()
/** How far the playhead is from where playing would have brought it. */
const slipS = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.double({ min: -3, max: 3, noNaN: true }))
const change = fc.record({
  elapsedMs: fc.oneof(
    fc.constantFrom(0, 4, 250),
    fc.double({ min: -10, max: GAP_HIDDEN_MS + GAP_MS, noNaN: true }),
  ),
  slipS,
  /** In place of playing on. */
  jumpToS: fc.option(positionS, { freq: 8 }),
  isMoving: flag,
  set: fc.record(
    {
      ...{ paused: flag, autoplay: flag, seeking: flag, ad: flag, hidden: flag, durationS },
      rate: fc.constantFrom(0, 0.5, 1, 2, 16, -1),
    },
    { requiredKeys: [] },
  ),
  flush: fc.boolean(),
})
type Change = typeof change extends fc.Arbitrary<infer One> ? One : never

const FIRST: Moment = {
  ...{ nowMs: 0, positionS: 0, durationS: 100, paused: true, autoplay: false, seeking: false },
  ...{ rate: 1, ad: false, hidden: false, flush: false },
}

function momentsOf(changes: readonly Change[]): Moment[] {
  const moments = [FIRST]
  for (const { elapsedMs, slipS, jumpToS, isMoving, set, flush } of changes) {
    const last = moments.at(-1)!
    const playedS = isMoving ? (elapsedMs / 1_000) * last.rate + slipS : 0
    moments.push({
      ...{ ...last, ...set, flush },
      nowMs: last.nowMs + elapsedMs,
      positionS: Math.max(0, jumpToS ?? last.positionS + playedS),
    })
  }
  return moments
}

function run(moments: readonly Moment[], viewAfterMs = 30_000) {
  let playback = beginPlayback(moments[0]!)
  const measured: Measured[] = []
  const watchedMs = [0]
  for (const moment of moments.slice(1)) {
    const result = step(playback, moment, viewAfterMs)
    playback = result.playback
    measured.push(...result.measured)
    watchedMs.push(playback.watchedMs)
  }
  return { playback, measured, watchedMs }
}

const sum = (measured: readonly Measured[], type: string) =>
  measured.reduce((all, one) => all + (one.type === type ? one.value! : 0), 0)

/** fast-check prints the seed of a run that fails, and the shortest sequence that does. */
function holds(name: string, property: (moments: readonly Moment[]) => void): void {
  test(name, () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 120 }), (changes) => property(momentsOf(changes))),
      { numRuns: 500 },
    )
  })
}

/** The time in which watching was possible. */
function runningMs(moments: readonly Moment[]): number {
  return moments.slice(1).reduce((all, moment, i) => {
    const { paused, ad, seeking, rate, nowMs, hidden } = moments[i]!
    const elapsedMs = moment.nowMs - nowMs
    const isPossible = !paused && !ad && !(seeking && moment.seeking) && rate > 0
    const counts = isPossible && elapsedMs > 0 && elapsedMs <= (hidden ? GAP_HIDDEN_MS : GAP_MS)
    return counts ? all + elapsedMs : all
  }, 0)
}

holds(
  'watch time never shrinks, and is never more than the time in which watching was possible',
  (moments) => {
    const { watchedMs } = run(moments)
    watchedMs.forEach((value, i) => {
      if (i > 0) assert.ok(value >= watchedMs[i - 1]!, `${value} after ${watchedMs[i - 1]}`)
    })
    assert.ok(
      watchedMs.at(-1)! <= runningMs(moments) + 1e-6,
      `${watchedMs.at(-1)} of ${runningMs(moments)} ms`,
    )
  },
)

holds('the heartbeats add up to the watch time, in whole milliseconds', (moments) => {
  const last = moments.at(-1)!
  const { measured, playback } = run([...moments, { ...last, flush: true }])
  const beats = measured.filter(({ type }) => type === 'watch').map(({ value }) => value!)
  assert.ok(
    beats.every((value) => Number.isInteger(value) && value > 0),
    `${beats}`,
  )
  assert.ok(
    beats.every((value) => value <= HEARTBEAT_MS + 2 * GAP_HIDDEN_MS),
    `${beats}`,
  )
  assert.equal(sum(measured, 'watch'), Math.round(playback.watchedMs))
})

holds(
  'a load has at most one play, one view and one of each quartile, the play before all else',
  (moments) => {
    const types = run(moments).measured.map(({ type }) => type)
    const once = types.filter((type) => type !== 'watch' && type !== 'stall')
    assert.equal(new Set(once).size, once.length, `${types}`)
    const quartiles = once.filter((type) => type.startsWith('quartile'))
    assert.deepEqual(
      quartiles,
      ['quartile-25', 'quartile-50', 'quartile-75', 'quartile-100'].slice(0, quartiles.length),
    )
    if (types.length > 0) assert.equal(types[0], 'play')
  },
)

test('a playhead that moved by less than a number can halve has played nothing', () => {
  const started = { ...FIRST, paused: false, rate: 2, durationS: 8 }
  const moved = { ...started, nowMs: 250, positionS: Number.MIN_VALUE }
  assert.deepEqual(run([FIRST, started, moved, { ...moved, durationS: Number.MIN_VALUE }]).measured, [])
})

test('a player that says a length of 0 does not know it yet', () => {
  const started = { ...FIRST, paused: false, durationS: 0 }
  const { measured } = run([FIRST, started, { ...started, nowMs: 250, positionS: 0.25 }])
  assert.deepEqual(
    measured.map(({ type }) => type),
    ['play'],
  )
})

holds('stalls last a second or more, and are no watch time', (moments) => {
  const { measured, playback } = run(moments)
  assert.ok(measured.every(({ type, value }) => type !== 'stall' || value! >= STALL_MIN_MS))
  const bothMs = sum(measured, 'stall') + playback.watchedMs
  // A playhead that runs behind by a little and catches up counts on both sides, up to the spare of each stall.
  const stalls = measured.filter(({ type }) => type === 'stall').length
  assert.ok(bothMs <= runningMs(moments) + 1 + stalls * 251, `${bothMs} of ${runningMs(moments)} ms`)
})

holds('moments that repeat the one before change nothing', (moments) => {
  const twice = moments.flatMap((moment) => [moment, { ...moment, flush: false }])
  const [repeated, once] = [run(twice).measured, run(moments).measured]
  const kinds = (events: typeof once) => events.map(({ type, attributes }) => ({ type, attributes }))
  assert.deepEqual(kinds(repeated), kinds(once))
  for (const [at, { value = 0 }] of once.entries()) {
    // Sums of fractions of a millisecond may round to one or the other.
    assert.ok(Math.abs((repeated[at]!.value ?? 0) - value) <= 1, `${repeated[at]!.value}, not ${value}`)
  }
})

test('a view needs a play, at any threshold', () => {
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 60 }),
      fc.integer({ min: 0, max: 60_000 }),
      (changes, viewAfterMs) => {
        const { measured, playback } = run(momentsOf(changes), viewAfterMs)
        const viewed = measured.some(({ type }) => type === 'view')
        assert.equal(viewed, playback.viewed)
        if (viewed) assert.ok(playback.started)
        if (playback.watchedMs > viewAfterMs) assert.ok(viewed)
      },
    ),
    { numRuns: 500 },
  )
})

test('ranges are what a line of tenths of a second would hold', () => {
  const cell = fc.tuple(fc.integer({ min: 0, max: 99 }), fc.integer({ min: 1, max: 30 }))
  fc.assert(
    fc.property(fc.array(cell, { maxLength: 40 }), (parts) => {
      const seconds = new Set<number>()
      let ranges: ReturnType<typeof addRange> = []
      for (const [from, length] of parts) {
        ranges = addRange(ranges, [from, from + length])
        for (let second = from; second < from + length; second++) seconds.add(second)
      }
      assert.equal(totalS(ranges), seconds.size)
    }),
  )
})

test('a viewer who seeks all day costs no memory', () => {
  let ranges: ReturnType<typeof addRange> = []
  for (let i = 0; i < 3 * RANGES_MAX; i++) ranges = addRange(ranges, [i * 2, i * 2 + 1])
  assert.equal(ranges.length, RANGES_MAX)
})
