import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Rebuild } from '../../../stores/counts/rebuilds.ts'
import { rebuildWarnings, vouchedIn } from './rebuilt.ts'

const LOST: Rebuild = {
  ...{ version: 1, begunMs: Date.parse('2026-12-01T03:00Z'), fromMinute: 60, viewersTo: 0 },
  ...{ isPrepared: true, isDone: false },
}

test('counts that were never lost are vouched for, and nobody is warned', () => {
  assert.equal(vouchedIn(null), null)
  assert.deepEqual(rebuildWarnings(null), [])
})

test('until lost counts are counted again nothing is vouched for, and operators read why', () => {
  assert.deepEqual(vouchedIn(LOST), { fromMinute: Number.POSITIVE_INFINITY, toMs: 0 })
  assert.match(rebuildWarnings(LOST).join(), /lost.*since 2026-12-01T03:00:00.000Z.*no answer is complete/)
})

test('what is lost for good is told, and answers that reach back so far are not vouched for', () => {
  const done = { ...LOST, isDone: true }
  assert.deepEqual(vouchedIn(done), { fromMinute: 60, toMs: Number.POSITIVE_INFINITY })
  assert.match(rebuildWarnings(done).join(), /before 1970-01-01T01:00:00Z are lost/)
  assert.equal(vouchedIn({ ...done, fromMinute: 0 }), null)
  assert.deepEqual(rebuildWarnings({ ...done, fromMinute: 0 }), [])
})
