import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Item } from './event-queue.ts'
import { nextMove } from './next-move.ts'
import { admit } from './room.ts'
import { hurry, newSendState, pendingItems } from './send-state.ts'
import type { QueuePolicy, SendLimits } from './sending-options.ts'

const limits: SendLimits = {
  batchEvents: 100,
  batchIntervalMs: 1_000,
  queueEventsMax: 3,
  queueBytesMax: 100,
  whenFull: 'drop-newest',
  eventAgeMaxMs: 1_000,
  concurrency: 1,
  requestsPerSecondMax: 100,
  keepalive: false,
}

/** Captures events of these sizes, and lists those that stay and what happened to the others. */
function check(
  whenFull: QueuePolicy,
  sizes: number[],
  kept: number[],
  settled: string[],
  underWay = 0,
): void {
  const state = newSendState({ ...limits, whenFull })
  const seen: string[] = []
  for (const [i, bytes] of sizes.entries()) {
    const item: Item = { seq: state.nextSeq++, json: '', bytes, atMs: 0, timeMs: 0 }
    for (const { item: gone, fate } of admit(state, item)) seen.push(`${gone.seq} ${fate.kind}`)
    if (i + 1 === underWay) {
      hurry(state)
      nextMove(state, 0)
    }
  }
  assert.deepEqual(
    pendingItems(state).map(({ seq }) => seq),
    kept,
  )
  assert.deepEqual(seen, settled)
  const { captured, delivered, rejected, dropped, pending } = state.ledger
  assert.equal(captured, delivered + rejected + dropped + pending)
  assert.equal(pending, kept.length)
}

test('at the bound on events, the policy says which one gives way', () => {
  check('drop-newest', [1, 1, 1, 1, 1], [1, 2, 3], ['4 dropped', '5 dropped'])
  check('drop-oldest', [1, 1, 1, 1, 1], [3, 4, 5], ['1 dropped', '2 dropped'])
  check('reject', [1, 1, 1, 1], [1, 2, 3], ['4 rejected'])
})

test('at the bound on bytes, as many old ones give way as are needed', () => {
  check('drop-newest', [40, 40, 40], [1, 2], ['3 dropped'])
  check('drop-oldest', [40, 40, 90], [3], ['1 dropped', '2 dropped'])
  check('drop-oldest', [40, 40, 101], [1, 2], ['3 dropped'])
})

test('what is under way counts, and never gives way', () => {
  check('drop-oldest', [1, 1, 1, 1], [1, 2, 3], ['4 dropped'], 3)
  check('drop-oldest', [1, 1, 1, 1], [1, 2, 4], ['3 dropped'], 2)
})
