import assert from 'node:assert/strict'
import { test } from 'node:test'
import { durationMs } from './durations.ts'
import { EVENT_TYPES, type EventType, minuteIndex, runNumber, runOf } from './names.ts'
import { slotAt, slotsOf } from './slots.ts'
import { batchOf } from './traffic.ts'

type Event = {
  readonly id: string
  readonly videoId: string
  readonly type: EventType
  readonly time: number
  readonly value: number
}

const ORDER = {
  run: runOf(runNumber(Date.parse('2026-11-29T12:00:30Z'), 0.5)),
  ...{ name: 'events', iteration: 7, events: 1_000, videos: 50, nowMs: Date.parse('2026-11-29T12:01:02Z') },
}

test('durations are read as k6 writes them', () => {
  assert.deepEqual(
    ['90s', '1m30s', '250ms', '2h', '1.5s', 40].map(durationMs),
    [90_000, 90_000, 250, 7_200_000, 1_500, 40],
  )
  assert.throws(() => durationMs('soon'), /"soon" is no duration/)
})

test('what is booked of a batch is what its body says', () => {
  const { body, keys, minutes, thousandths } = batchOf(ORDER)
  const events = JSON.parse(body) as Event[]
  assert.equal(new Set(events.map(({ id }) => id)).size, 1_000)
  for (const [i, { videoId, type, time, value }] of events.entries()) {
    const video = Number(videoId.split('-v')[1])
    assert.equal(keys[i], video * EVENT_TYPES.length + EVENT_TYPES.indexOf(type))
    assert.equal(minutes[i], minuteIndex(ORDER.run, time))
    assert.equal(thousandths[i], Math.round(value * 1_000))
  }
})

test('traffic is the same for the same iteration, and unlike for another', () => {
  assert.deepEqual(batchOf(ORDER), batchOf(ORDER))
  assert.notDeepEqual(batchOf(ORDER).keys, batchOf({ ...ORDER, iteration: 8 }).keys)
})

test('popular videos get more, views are most, and a viral one can get all', () => {
  const { keys } = batchOf(ORDER)
  const firstFifth = keys.filter((key) => key < 10 * EVENT_TYPES.length).length
  assert.ok(firstFifth > 350 && firstFifth < 550, String(firstFifth))
  const views = keys.filter((key) => key % EVENT_TYPES.length === 0).length
  assert.ok(views > 850 && views < 950, String(views))
  assert.ok(batchOf({ ...ORDER, viralShare: 1 }).keys.every((key) => key < EVENT_TYPES.length))
})

test('runs that start in the same millisecond differ in name', () => {
  const nowMs = Date.now()
  const [one, other] = [runOf(runNumber(nowMs, 0.1)), runOf(runNumber(nowMs, 0.2))]
  assert.notEqual(one.name, other.name)
  assert.equal(one.startedMs, nowMs)
})

test('a run has at most sixty slots, and what comes after them belongs to the last', () => {
  assert.deepEqual(slotsOf(20_000), { slotMs: 1_000, count: 20 })
  const slots = slotsOf(3_600_000)
  assert.deepEqual(slots, { slotMs: 60_000, count: 60 })
  assert.deepEqual(
    [-5, 0, 61_000, 9e9].map((ms) => slotAt(slots, ms)),
    [0, 0, 1, 59],
  )
})
