// Law 1: the state of a source is a function of its log. However the log is cut into steps, whenever tables are
// sealed and stored, and wherever a new owner takes over, totals, ledger and side lanes are the same at the end.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { LogRecord } from '../../../stores/log/log.ts'
import { arbitraryLog } from '../../../testing/arbitrary-log.ts'
import { NAME_KEY, SETTINGS } from '../../../testing/event-fixture.ts'
import { PlainOwner, type PlainStore } from '../../../testing/plain-owner.ts'
import { hintJoins } from './rebuild.ts'
import { type CoreSettings, newState } from './source-state.ts'

const settings = fc.record({
  flushRowsMax: fc.constantFrom(1, 3, 1_000),
  writersMax: fc.integer({ min: 1, max: 3 }),
  totalsRowsMax: fc.constantFrom(0, 3, 1_000),
})

/** After some records: seal, store a table, or die and be replaced. */
const move = fc.record({
  records: fc.integer({ min: 1, max: 5 }),
  next: fc.constantFrom('go on', 'seal', 'store', 'store', 'die'),
  pick: fc.nat({ max: 3 }),
  hints: fc.boolean(),
})

type Move = typeof move extends fc.Arbitrary<infer M> ? M : never

function countPlainly(log: readonly LogRecord[]): PlainStore {
  const owner = new PlainOwner(newState(SETTINGS, NAME_KEY.id))
  owner.read(log)
  owner.finish()
  return owner.store
}

function countByMoves(log: readonly LogRecord[], core: CoreSettings, moves: readonly Move[]): PlainStore {
  let owner = new PlainOwner(newState(core, NAME_KEY.id))
  let at = 0
  for (const { records, next, pick, hints } of moves) {
    owner.read(log.slice(at, at + records))
    at = Math.min(log.length, at + records)
    if (next === 'seal') owner.submit({ kind: 'seal' })
    if (next === 'store') owner.storeOne(pick)
    if (next === 'die') {
      owner = successor(owner.store, log, core, hints)
      at = log.filter(({ offset }) => offset < owner.state.nextOffset).length
    }
  }
  owner.read(log.slice(at))
  owner.finish()
  return owner.store
}

function successor(
  store: PlainStore,
  log: readonly LogRecord[],
  core: CoreSettings,
  hints: boolean,
): PlainOwner {
  const { checkpoint } = store
  const owner = new PlainOwner(newState(core, NAME_KEY.id), store)
  if (checkpoint === null) return owner
  const { state } = owner
  for (;;) {
    const block = hints ? store.hints.find((b) => hintJoins(state, checkpoint, b)) : undefined
    const record = log.find(({ offset }) => offset >= state.nextOffset && offset <= checkpoint.offset)
    if (block !== undefined) owner.submit({ kind: 'hint', block })
    else if (record !== undefined) owner.rebuild([record])
    else break
  }
  owner.submit({ kind: 'takeover', checkpoint })
  return owner
}

function distinct(items: readonly unknown[]): string[] {
  return Array.from(new Set(items.map((item) => JSON.stringify(item)))).sort()
}

test('any split of a log, any moment of sealing and any owner come to the same', () => {
  fc.assert(
    fc.property(arbitraryLog, settings, fc.array(move, { maxLength: 12 }), (log, some, moves) => {
      const plain = countPlainly(log)
      const other = countByMoves(log, { ...SETTINGS, ...some, hints: true }, moves)
      assert.deepEqual(Object.fromEntries(other.rows.entries()), Object.fromEntries(plain.rows.entries()))
      assert.deepEqual(other.checkpoint, plain.checkpoint)
      assert.deepEqual(distinct(other.late), distinct(plain.late))
      assert.deepEqual(distinct(other.dead), distinct(plain.dead))
    }),
    { numRuns: 1_500 },
  )
})

test('the ledger adds up to what the log holds', () => {
  fc.assert(
    fc.property(arbitraryLog, (log) => {
      const { checkpoint, rows, late, dead } = countPlainly(log)
      if (checkpoint === null) return assert.equal(log.length, 0)
      const { ledger, offset, logTimeMs } = checkpoint
      assert.equal(offset, log.at(-1)?.offset)
      assert.equal(logTimeMs, Math.max(...log.map((record) => record.logTimeMs)))
      assert.equal(ledger.records, log.length)
      assert.equal(ledger.events, ledger.counted + ledger.duplicate + ledger.late + ledger.dead)
      assert.equal(
        ledger.counted,
        rows.values().reduce((sum, { count }) => sum + count, 0),
      )
      assert.equal(ledger.late, late.length)
      assert.equal(ledger.dead + ledger.deadRecords, dead.length)
    }),
  )
})
