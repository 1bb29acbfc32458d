import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HOUR_MS } from '../../../model/bucket.ts'
import { CATALOGUE, VIRAL } from './catalogue.ts'
import { eventsBetween, usualRate, viralRate } from './traffic.ts'

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

test('most viewers have a country and a device, and some have neither', () => {
  const scene = { startMs: NOON, zoneOffsetMs: 0, chance: chanceOf(7) }
  const events = eventsBetween(NOON, NOON + HOUR_MS, scene)
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
