import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../model/bucket.ts'
import { LOT_BYTES_MAX } from '../../reconciler/operators/imports.ts'
import { CATALOGUE, FAMOUS, publishedMs, VIRAL } from './catalogue.ts'
import { lotsBefore, PAST_DAYS, rowsOf } from './past.ts'
import { eventsBetween, fameMs, growth, usualRate, viralRate } from './traffic.ts'

const NOON = Date.UTC(2026, 10, 21, 12)

/** A small generator, so that a failure can be had again. */
function chanceOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

test('events are such as the front door takes', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 60_000 }), (seed, length) => {
      const scene = { startMs: NOON, zoneOffsetMs: 0, chance: chanceOf(seed) }
      for (const event of eventsBetween(NOON, NOON + length, scene)) {
        const { durationSeconds } = CATALOGUE.find(({ videoId }) => videoId === event.videoId)!
        assert.ok(Number(event.time) >= NOON && Number(event.time) < NOON + length)
        if (event.type === 'view') assert.ok(event.value! >= 0 && event.value! <= durationSeconds)
      }
    }),
  )
})

test('few videos have most views, the evening has more than the night, and one goes viral', () => {
  const scene = { startMs: NOON + 6 * HOUR_MS, zoneOffsetMs: 0, chance: chanceOf(7) }
  const views = eventsBetween(NOON, NOON + 4 * HOUR_MS, scene).filter(({ type }) => type === 'view')
  const of = (at: number) => views.filter(({ videoId }) => videoId === CATALOGUE[at]!.videoId).length
  assert.ok(of(0) > 1.5 * of(1) && of(1) > 4 * of(CATALOGUE.length - 1), `${of(0)} ${of(1)}`)
  assert.ok(usualRate(Date.UTC(2026, 10, 21, 20), 0) > 5 * usualRate(Date.UTC(2026, 10, 21, 8), 0))
  assert.ok(viralRate(NOON + HOUR_MS, NOON) > 100 * viralRate(NOON - HOUR_MS, NOON))
  assert.notEqual(VIRAL, -1)
})

test('the past is two months without a gap, in parts that end at full hours and are small enough', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: DAY_MS }), fc.nat(), (later, seed) => {
      const startMs = NOON + later
      const toMs = startMs - DAY_MS + 5 * MINUTE_MS
      const lots = lotsBefore(toMs, startMs)
      assert.equal(lots[0]!.toMs, toMs)
      assert.ok(lots.at(-1)!.fromMs <= startMs - PAST_DAYS * DAY_MS)
      for (const [at, { fromMs }] of lots.entries()) {
        assert.equal(fromMs % HOUR_MS, 0)
        if (at > 0) assert.equal(lots[at]!.toMs, lots[at - 1]!.fromMs)
      }
      const scene = { startMs, zoneOffsetMs: 0, chance: chanceOf(seed) }
      const fame = lots.find(
        ({ fromMs, toMs: end }) => fromMs <= fameMs(startMs, 0) && fameMs(startMs, 0) < end,
      )!
      const rows = rowsOf(fame, scene)
      assert.ok(
        rows.map((row) => JSON.stringify(row)).join('\n').length < LOT_BYTES_MAX / 2,
        `${rows.length}`,
      )
    }),
    { numRuns: 5 },
  )
})

test('one video had its hour of fame, at the note of it', () => {
  const scene = { startMs: NOON, zoneOffsetMs: 2 * HOUR_MS, chance: chanceOf(7) }
  const middle = fameMs(NOON, scene.zoneOffsetMs)
  assert.equal(new Date(middle + scene.zoneOffsetMs).toISOString().slice(11, 16), '18:30')
  assert.ok(NOON - middle > 8 * DAY_MS && NOON - middle < 10 * DAY_MS)
  const of = (fromMs: number) =>
    rowsOf({ fromMs, toMs: fromMs + HOUR_MS }, scene).filter(
      (row) => (row as { videoId: string }).videoId === CATALOGUE[FAMOUS]!.videoId,
    ).length
  assert.ok(of(middle - HOUR_MS / 2) > 50 * of(middle - 3 * HOUR_MS), `${of(middle - HOUR_MS / 2)}`)
})

test('weeks ago there was less, and more on Sundays', () => {
  const scene = { startMs: NOON, zoneOffsetMs: 0 }
  assert.ok(growth(NOON - 45 * DAY_MS, scene) < 0.7 * growth(NOON, scene))
  const [sunday, monday] = [Date.UTC(2026, 10, 15, 12), Date.UTC(2026, 10, 16, 12)]
  assert.ok(growth(sunday, scene) > 1.2 * growth(monday, scene))
})

test('nothing was watched before it was published, but for the viral one', () => {
  for (const at of CATALOGUE.keys()) {
    if (at !== VIRAL) assert.ok(publishedMs(at, NOON) < NOON - PAST_DAYS * DAY_MS - DAY_MS)
  }
})

test('most viewers have a country and a device, and some have neither', () => {
  const scene = { startMs: NOON, zoneOffsetMs: 0, chance: chanceOf(7) }
  const events = eventsBetween(NOON, NOON + 8 * HOUR_MS, scene)
  const known = events.filter(({ attributes }) => attributes?.country !== undefined)
  assert.ok(known.length < events.length && known.length > 0.8 * events.length)
  for (const { attributes } of known)
    assert.match(`${attributes!.country} ${attributes!.device}`, /^[A-Z]{2} [a-z]+$/)
  assert.ok(new Set(known.map(({ attributes }) => attributes!.country)).size > 10)
})

test('titles and ids are all different', () => {
  assert.equal(new Set(CATALOGUE.map(({ videoId }) => videoId)).size, CATALOGUE.length)
  assert.equal(new Set(CATALOGUE.map(({ title }) => title)).size, CATALOGUE.length)
})
