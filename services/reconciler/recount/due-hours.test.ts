import assert from 'node:assert/strict'
import { it } from 'node:test'
import { NO_TALLY } from '../../../model/tally.ts'
import type { Holding } from '../../../stores/archive/archive.ts'
import type { HourAudit } from '../../../stores/counts/rollups.ts'
import { closedTo, dueHours, exceptHours, openedAgain } from './due-hours.ts'

const HOUR = 29_000_040
const NEXT = HOUR + 60
const ALL_CLOSED = { closedTo: NEXT + 60, completeFrom: 0, again: null }

function holdingOf(hour: number, mark = 'a', lateMark: string | null = null): Holding {
  return { hour, mark, lateMark, bytes: 1, archivedMs: 0, lateArchivedMs: 0 }
}

function auditOf(hour: number, rest: Partial<HourAudit> = {}): Map<number, HourAudit> {
  const base = { hour, mark: 'a', lateMark: null, beforeMinute: hour + 60, version: 1, recountedMs: 0 }
  return new Map([
    [
      hour,
      { ...base, ...NO_TALLY, missing: [], purged: false, knowsQuarters: true, knowsSites: true, ...rest },
    ],
  ])
}

const hoursOf = (holdings: readonly Holding[]) => holdings.map(({ hour }) => hour)

it('closes a minute when the stream takes nothing of it any more, by the slowest clock', () => {
  const rule = { horizonMs: 600_000, slackMs: 60_000 }
  assert.equal(closedTo(HOUR * 60_000 + 660_000, rule), HOUR)
  assert.equal(closedTo(HOUR * 60_000 + 659_999, rule), HOUR - 1)
  assert.equal(closedTo(0, rule), 0)
})

it('recounts closed hours once, and again when what is held of them changes', () => {
  const held = [holdingOf(HOUR), holdingOf(NEXT)]
  assert.deepEqual(hoursOf(dueHours(held, new Map(), ALL_CLOSED)), [HOUR, NEXT])
  assert.deepEqual(hoursOf(dueHours(held, auditOf(HOUR), ALL_CLOSED)), [NEXT])
  assert.deepEqual(hoursOf(dueHours([holdingOf(HOUR, 'b')], auditOf(HOUR), ALL_CLOSED)), [HOUR])
})

it('recounts closed hours once more that were rolled up without quarters, but what was purged', () => {
  const { knowsQuarters: _, ...old } = auditOf(HOUR).get(HOUR)!
  assert.deepEqual(hoursOf(dueHours([holdingOf(HOUR)], new Map([[HOUR, old]]), ALL_CLOSED)), [HOUR])
  assert.deepEqual(dueHours([holdingOf(HOUR)], new Map([[HOUR, { ...old, purged: true }]]), ALL_CLOSED), [])
})

it('recounts an open hour only for late events, and whole when it closes', () => {
  const open = { ...ALL_CLOSED, closedTo: HOUR + 30 }
  assert.deepEqual(dueHours([holdingOf(HOUR)], new Map(), open), [])
  assert.deepEqual(hoursOf(dueHours([holdingOf(HOUR, 'b', 'l')], new Map(), open)), [HOUR])
  const early = auditOf(HOUR, { beforeMinute: HOUR + 20, mark: 'b', lateMark: 'l' })
  assert.deepEqual(dueHours([holdingOf(HOUR, 'c', 'l')], early, open), [])
  assert.deepEqual(hoursOf(dueHours([holdingOf(HOUR, 'b', 'l')], early, ALL_CLOSED)), [HOUR])
})

it('compares an open hour again until all minutes that came late, or from files, were closed', () => {
  const archivedMs = (HOUR + 22) * 60_000
  const held = [{ ...holdingOf(HOUR, 'b', 'l'), archivedMs, lateArchivedMs: archivedMs }]
  const dueAt = (beforeMinute: number, to: number) => {
    const compared = auditOf(HOUR, { beforeMinute, mark: 'b', lateMark: 'l' })
    return dueHours(held, compared, { ...ALL_CLOSED, closedTo: to }).length === 1
  }
  assert.ok(dueAt(HOUR + 10, HOUR + 11), 'an event of minute 10 was left out')
  assert.ok(!dueAt(HOUR + 10, HOUR + 10), 'nothing more is closed')
  assert.ok(dueAt(HOUR + 22, HOUR + 24), 'files may hold what happened just now')
  assert.ok(!dueAt(HOUR + 40, HOUR + 41), 'all that came was compared')
})

it('leaves alone what has not begun to close, was purged, or is not held whole', () => {
  assert.deepEqual(dueHours([holdingOf(HOUR)], new Map(), { ...ALL_CLOSED, closedTo: HOUR }), [])
  assert.deepEqual(dueHours([holdingOf(HOUR, 'b')], auditOf(HOUR, { purged: true }), ALL_CLOSED), [])
  assert.deepEqual(dueHours([holdingOf(HOUR)], new Map(), { ...ALL_CLOSED, completeFrom: NEXT }), [])
})

it('recounts again what it is asked to, but what was purged', () => {
  const held = [holdingOf(HOUR), holdingOf(NEXT)]
  const asked = { ...ALL_CLOSED, again: { from: HOUR, to: NEXT } }
  const known = new Map([...auditOf(HOUR), ...auditOf(NEXT)])
  assert.deepEqual(hoursOf(dueHours(held, known, asked)), [HOUR])
  assert.deepEqual(dueHours(held, new Map([...known, ...auditOf(HOUR, { purged: true })]), asked), [])
})

it('excepts hours that were never recounted whole', () => {
  const held = [holdingOf(HOUR)]
  assert.deepEqual(exceptHours(held, new Map(), NEXT, 0), [HOUR])
  assert.deepEqual(exceptHours(held, new Map(), HOUR, 0), [])
  assert.deepEqual(exceptHours(held, auditOf(HOUR), NEXT, 0), [])
  assert.deepEqual(exceptHours(held, auditOf(HOUR, { mark: 'old' }), NEXT, 0), [])
  assert.deepEqual(exceptHours(held, auditOf(HOUR, { missing: ['torn.parquet'] }), NEXT, 0), [HOUR])
  assert.deepEqual(exceptHours(held, auditOf(HOUR, { beforeMinute: HOUR + 20 }), NEXT, 0), [HOUR])
  assert.deepEqual(exceptHours(held, auditOf(HOUR, { missing: ['a'], purged: true }), NEXT, 0), [])
})

it('excepts hours that the log let go of before they were archived', () => {
  const lost = exceptHours([], auditOf(HOUR), NEXT + 60, NEXT + 5)
  assert.equal(lost.length, 400 * 24)
  assert.deepEqual(lost.slice(-2), [HOUR - 60, NEXT])
  assert.deepEqual(exceptHours([], new Map(), HOUR, NEXT).slice(-1), [HOUR - 60])
})

it('tells where minutes are open again, unless it is known what has closed them', () => {
  const opened = (minutes: number, horizons = {}) =>
    openedAgain(
      { closedBefore: 29_000_000 + minutes, closedTo: 29_000_000 },
      { horizonMs: 600_000, ...horizons },
    )
  assert.equal(opened(-1), null)
  assert.equal(opened(5), null)
  assert.match(
    opened(50) ?? '',
    /from 2025-02-19T21:20:00Z to 2025-02-19T22:10:00Z were closed, and are open again/,
  )
  assert.equal(opened(50, { earlierHorizons: [] }), null)
  assert.equal(openedAgain({ closedBefore: null, closedTo: 1 }, { horizonMs: 600_000 }), null)
})
