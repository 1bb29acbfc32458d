import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINUTE_MS, MINUTES_PER_DAY } from '../../../model/bucket.ts'
import { NO_TALLY } from '../../../model/tally.ts'
import type { HourAudit } from '../../../stores/counts/rollups.ts'
import { Fates, type Restored } from './fates.ts'

/** 2023-11-14T00:00Z, in minutes. */
const DAY = 28_332_000
const TAKEN = DAY + 365
const [OLD, GAP, PURGING, DAMAGED, WHOLE, CLOSED, OPEN] = [-60, 0, 60, 120, 180, 240, 300].map(
  (m) => DAY + m,
) as [number, ...number[]] & { readonly length: 7 }
const ALL = [OLD, GAP, PURGING, DAMAGED, WHOLE, CLOSED, OPEN] as number[]

function auditOf(hour: number, fields: Partial<HourAudit> = {}): HourAudit {
  return {
    ...{ ...NO_TALLY, hour, mark: 'm', lateMark: null, beforeMinute: hour + 60, version: 1, recountedMs: 0 },
    ...{ missing: [], purged: false, ...fields },
  }
}

function fatesOf(changes: Partial<Restored> = {}): Fates {
  return new Fates({
    ...{ takenMs: TAKEN * MINUTE_MS, closedTo: TAKEN - 12, completeFrom: PURGING! },
    hours: { held: new Set(ALL.slice(1)), damaged: new Set([DAMAGED!]), marks: new Map() },
    audits: [auditOf(GAP!), auditOf(PURGING!, { purged: true }), auditOf(WHOLE!)],
    ...changes,
  })
}

test('hours with raw events are counted again, but for purged ones and those before a gap of the archive', () => {
  const fates = fatesOf()
  assert.deepEqual(
    ALL.filter((hour) => fates.isRecounted(hour)),
    [DAMAGED, WHOLE, CLOSED, OPEN],
  )
})

test('an hour of which everything is there that was recounted is not purged yet', () => {
  const held = new Set(ALL.slice(1))
  const purged = [GAP!, PURGING!, DAMAGED!, WHOLE!].map((hour) => auditOf(hour, { purged: true }))
  const marks = new Map([GAP!, DAMAGED!, WHOLE!].map((hour) => [hour, 'm']))
  marks.set(PURGING!, 'what is left')
  const fates = fatesOf({ hours: { held, damaged: new Set([DAMAGED!]), marks }, audits: purged })
  assert.deepEqual(
    fates.audits.map((audit) => audit.purged),
    [false, true, true, false],
  )
  assert.deepEqual(
    purged.filter(({ hour }) => fates.isRecounted(hour)).map(({ hour }) => hour),
    [WHOLE],
  )
})

test('what was counted is carried over of every hour that had closed at the moment', () => {
  const fates = fatesOf()
  assert.deepEqual(
    ALL.filter((hour) => fates.isCarriedOver(hour)),
    ALL.slice(0, -1),
  )
})

test('a rollup of after the moment is kept where the raw events do not tell all', () => {
  const fates = fatesOf()
  const kept = (version: number) =>
    ALL.filter((start) => fates.isRollupKept({ resolution: 'hour', start, version }))
  assert.deepEqual(kept(TAKEN * MINUTE_MS), ALL.slice(0, -1))
  assert.deepEqual(kept(TAKEN * MINUTE_MS + 1), [OLD, GAP, PURGING, DAMAGED])
  const lacking = fatesOf({ audits: [auditOf(WHOLE!, { missing: ['1 events that were counted before'] })] })
  assert.equal(
    lacking.isRollupKept({ resolution: 'hour', start: WHOLE!, version: TAKEN * MINUTE_MS + 1 }),
    true,
  )
  const days = [DAY - MINUTES_PER_DAY, DAY].map((start) =>
    fates.isRollupKept({ resolution: 'day', start, version: 1 }),
  )
  assert.deepEqual(days, [true, false])
})

test('an hour that is counted again is due, and no truth until it is recounted', () => {
  const fates = fatesOf()
  const [gap, purging, whole] = fates.audits
  assert.deepEqual([gap, purging], [auditOf(GAP!), auditOf(PURGING!, { purged: true })])
  assert.deepEqual(whole, auditOf(WHOLE!, { mark: 'restored', beforeMinute: WHOLE! }))
  const imports = { held: ['one'], closedTo: TAKEN }
  const reconciled = { version: 9, toMinute: OPEN! + 60, exceptHours: [GAP!], imports }
  assert.deepEqual(fates.reconciled(reconciled), {
    ...{ version: 9, toMinute: OPEN, exceptHours: [GAP, DAMAGED, WHOLE, CLOSED] },
  })
})
