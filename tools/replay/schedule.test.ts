import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from './random.ts'
import { Schedule } from './schedule.ts'

const EVENTS = 20_000

function order(shuffle: number, duplicates: number, copyPlacesMax = 500, seed = 1): number[] {
  const schedule = new Schedule<number>({ shuffle, duplicates, copyPlacesMax, random: seededRandom(seed) })
  const emitted: number[] = []
  const emit = (event: number) => emitted.push(event)
  for (let event = 0; event < EVENTS; event++) schedule.add(event, emit)
  schedule.drain(emit)
  assert.equal(emitted.length, EVENTS + schedule.copies)
  return emitted
}

test('without shuffle and copies the order stays', () => {
  const emitted = order(0, 0)
  assert.ok(emitted.every((event, place) => event === place))
})

test('no event moves as far as the bound, most move, and none is lost', () => {
  for (const shuffle of [1, 2, 50, 5_000, 30_000]) {
    const emitted = order(shuffle, 0)
    assert.equal(new Set(emitted).size, EVENTS)
    const moves = emitted.map((event, place) => Math.abs(event - place))
    const farthest = Math.max(...moves)
    assert.ok(farthest < shuffle, `${farthest} places with a bound of ${shuffle}`)
    if (shuffle >= 50) assert.ok(moves.filter((places) => places > 0).length > EVENTS * 0.9)
  }
})

test('the share of copies is the one asked for', () => {
  for (const share of [0.2, 0.5]) {
    const copies = order(100, share).length - EVENTS
    assert.ok(Math.abs(copies / EVENTS - share) < 0.02, `${copies} copies for a share of ${share}`)
  }
  assert.equal(order(100, 1).length, EVENTS * 2)
})

test('a copy follows its original within its bound, and some of them late', () => {
  const emitted = order(1, 0.2, 500)
  const places = new Map<number, number>()
  const gaps: number[] = []
  for (const [place, event] of emitted.entries()) {
    const first = places.get(event)
    if (first === undefined) places.set(event, place)
    else gaps.push(place - first)
  }
  assert.ok(Math.min(...gaps) >= 1)
  assert.ok(Math.max(...gaps) > 400, 'some are late')
  assert.ok(Math.max(...gaps) < 500 * 1.3, 'within the bound, counted in events and the copies between them')
})

test('a seed decides the order', () => {
  assert.deepEqual(order(100, 0.2, 500, 7), order(100, 0.2, 500, 7))
  assert.notDeepEqual(order(100, 0.2, 500, 7), order(100, 0.2, 500, 8))
})
