import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { LogRecord } from '../../../stores/log/log.ts'
import { arbitraryLog } from '../../../testing/arbitrary-log.ts'
import { NAME_KEY, recordOf, SETTINGS } from '../../../testing/event-fixture.ts'
import { PlainOwner, PlainStore } from '../../../testing/plain-owner.ts'
import { decodeSnapshot, SnapshotCopy, snapshotBytes } from './snapshot.ts'
import { newState, type SourceState } from './source-state.ts'

const SOURCE = 'test-0'

function encodeSnapshot(
  sourceId: string,
  state: SourceState,
  pieceBytes = Number.POSITIVE_INFINITY,
): Uint8Array {
  const copy = new SnapshotCopy(sourceId, state)
  while (!copy.isWhole) copy.copy(pieceBytes)
  return copy.bytes
}

function ownerAfter(records: readonly LogRecord[], settings = SETTINGS): PlainOwner {
  const owner = new PlainOwner(newState(settings, NAME_KEY.id))
  owner.read(records)
  owner.finish()
  return owner
}

function someSnapshot(): Uint8Array {
  const { state } = ownerAfter([recordOf(0, '12:00:00', 'a:1@12:00:00=1', 'b:2@11:59:00')])
  return encodeSnapshot(SOURCE, state)
}

test('a state that went through a snapshot goes on as if it had not', () => {
  const settings = fc.constantFrom(0, 2, 1_000).map((totalsRowsMax) => ({ ...SETTINGS, totalsRowsMax }))
  fc.assert(
    fc.property(arbitraryLog, fc.nat({ max: 25 }), settings, (log, at, core) => {
      const owner = ownerAfter(log.slice(0, at), core)
      const decoded = decodeSnapshot(SOURCE, core, NAME_KEY.id, encodeSnapshot(SOURCE, owner.state))
      assert.ok(decoded !== null)
      const store = new PlainStore()
      for (const [key, total] of owner.store.rows) store.rows.set(key, total)
      store.checkpoint = owner.store.checkpoint
      store.late.push(...owner.store.late)
      store.dead.push(...owner.store.dead)
      const revived = new PlainOwner(decoded, store)
      for (const each of [owner, revived]) {
        each.read(log.slice(at))
        each.finish()
      }
      assert.deepEqual(revived.store, owner.store)
      assert.deepEqual(revived.state.ledger, owner.state.ledger)
    }),
    { numRuns: 300 },
  )
})

test('who goes on from a snapshot still reads what may be stored from before the takeover', () => {
  const { store } = ownerAfter([recordOf(0, '12:00:00', 'a:1@11:59:00', 'a:2@11:59:30')])
  const second = new PlainOwner(newState(SETTINGS, NAME_KEY.id, 1), store)
  second.submit({ kind: 'takeover', checkpoint: store.checkpoint! })
  second.read([recordOf(1, '12:00:01', 'b:1@12:00:01')])
  second.finish()
  const third = new PlainOwner(
    decodeSnapshot(SOURCE, SETTINGS, NAME_KEY.id, encodeSnapshot(SOURCE, second.state))!,
    store,
  )
  third.read([recordOf(2, '12:00:02', 'a:3@11:59:59')])
  third.finish()
  const counts = Array.from(store.rows.values(), ({ count }) => count)
  assert.deepEqual(counts, [3, 1])
})

test('a snapshot is the same whatever the pieces it was copied in', () => {
  const { state } = ownerAfter([recordOf(0, '12:00:00', 'a:1@12:00:00=1', 'b:2@11:59:00')])
  const whole = encodeSnapshot(SOURCE, state)
  for (const pieceBytes of [1, 7, 4_096]) assert.deepEqual(encodeSnapshot(SOURCE, state, pieceBytes), whole)
})

test('a snapshot with any one byte changed is refused', () => {
  const bytes = someSnapshot()
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Uint8Array.from(bytes)
    damaged[at] = damaged[at]! ^ (1 << (at % 8))
    assert.equal(decodeSnapshot(SOURCE, SETTINGS, NAME_KEY.id, damaged), null, `byte ${at}`)
  }
  assert.ok(decodeSnapshot(SOURCE, SETTINGS, NAME_KEY.id, bytes) !== null)
})

test('a snapshot that was cut anywhere or has more at its end is refused', () => {
  const bytes = someSnapshot()
  for (let end = 0; end < bytes.length; end++) {
    assert.equal(decodeSnapshot(SOURCE, SETTINGS, NAME_KEY.id, bytes.subarray(0, end)), null, `cut at ${end}`)
  }
  assert.equal(decodeSnapshot(SOURCE, SETTINGS, NAME_KEY.id, Buffer.concat([bytes, Buffer.of(0)])), null)
})

test('a snapshot of another source, or made under other bounds of time, is refused', () => {
  const bytes = someSnapshot()
  assert.equal(decodeSnapshot('test-1', SETTINGS, NAME_KEY.id, bytes), null)
  assert.equal(decodeSnapshot(SOURCE, { ...SETTINGS, horizonMs: 1 }, NAME_KEY.id, bytes), null)
  assert.equal(decodeSnapshot(SOURCE, { ...SETTINGS, aheadMs: 1 }, NAME_KEY.id, bytes), null)
  assert.ok(decodeSnapshot(SOURCE, { ...SETTINGS, totalsRowsMax: 1 }, NAME_KEY.id, bytes) !== null)
})

test('a state with changes that are not sealed makes no snapshot', () => {
  const owner = ownerAfter([recordOf(0, '12:00:00', 'a:1@12:00:00')])
  owner.read([recordOf(1, '12:00:01', 'a:2@12:00:01')])
  assert.throws(() => encodeSnapshot(SOURCE, owner.state), /right after a seal/)
})

test('the memory that a snapshot takes is known beforehand, about', () => {
  const ids = Array.from({ length: 5_000 }, (_, i) => `v${i % 50}:${i}@12:00:00`)
  const { state } = ownerAfter([recordOf(0, '12:00:00', ...ids)])
  const ratio = snapshotBytes(state) / encodeSnapshot(SOURCE, state).length
  assert.ok(ratio > 0.5 && ratio < 2, `${ratio}`)
})
