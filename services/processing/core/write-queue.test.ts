import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EMPTY } from '../../../model/total.ts'
import { EMPTY_LEDGER } from '../../../stores/counts/counts.ts'
import type { Sealed } from './write-queue.ts'
import { WriteQueue } from './write-queue.ts'

/** A table whose rows are totals up to its own number. */
function table(seal: number, ...videos: readonly string[]): Sealed {
  return {
    seal,
    rows: videos.map((videoId) => ({
      bucket: { tenant: '', videoId, type: 'view', minute: 0 },
      total: { ...EMPTY, count: 1, upTo: seal },
    })),
    late: [Uint8Array.of(seal)],
    dead: [{ offset: seal, index: 0, logTimeMs: 0, reason: 'test', bytes: Uint8Array.of(seal) }],
    checkpoint: { offset: 10 * seal, logTimeMs: 0, ledger: EMPTY_LEDGER },
  }
}

test('the checkpoint is that of the longest run of stored tables, in whatever order they are stored', () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray(
        Array.from({ length: 8 }, (_, i) => i + 1),
        { minLength: 8 },
      ),
      (order) => {
        const queue = new WriteQueue(8)
        for (let seal = 1; seal <= 8; seal++) {
          queue.push(table(seal, 'a'))
          assert.equal(queue.take()?.seal, seal)
        }
        const stored = new Set<number>()
        let run = 0
        for (const seal of order) {
          stored.add(seal)
          const runBefore = run
          while (stored.has(run + 1)) run++
          const checkpoint = queue.stored(seal)
          assert.equal(checkpoint?.offset ?? null, run > runBefore ? 10 * run : null)
          assert.equal(queue.storedSeal, run)
          assert.equal(queue.rows, 3 * (8 - stored.size))
        }
        assert.ok(queue.isEmpty)
      },
    ),
  )
})

test('no more tables are with writers than there are writers', () => {
  const queue = new WriteQueue(2)
  queue.push(table(1, 'a'))
  assert.equal(queue.take()?.seal, 1)
  queue.push(table(2, 'a'))
  assert.equal(queue.take()?.seal, 2)
  queue.push(table(3, 'a'))
  assert.equal(queue.take(), null)
  assert.equal(queue.stored(2), null)
  assert.equal(queue.take()?.seal, 3)
  assert.equal(queue.take(), null)
  assert.ok(!queue.isEmpty)
})

test('tables that wait merge: the newest total of each row, every late event and dead letter', () => {
  const queue = new WriteQueue(1)
  queue.push(table(1, 'z'))
  queue.take()
  queue.push(table(2, 'a', 'b'))
  queue.push(table(3, 'b', 'c'))
  queue.push(table(4, 'c'))
  assert.equal(queue.rows, 3 + 3 + 6)
  queue.stored(1)
  const merged = queue.take()!
  const upTo = merged.rows.map(({ bucket, total }) => `${bucket.videoId} ${total.upTo}`)
  assert.deepEqual(upTo.sort(), ['a 2', 'b 3', 'c 4'])
  assert.deepEqual(
    merged.late.map(([seal]) => seal),
    [2, 3, 4],
  )
  assert.deepEqual(
    merged.dead.map(({ offset }) => offset),
    [2, 3, 4],
  )
  assert.equal(merged.seal, 4)
  assert.equal(queue.stored(4)?.offset, 40)
})

test('rows of other tenants, types and minutes are other rows', () => {
  const queue = new WriteQueue(1)
  const [row] = table(2, 'a').rows
  const others = [{ tenant: 't' }, { type: 'like' }, { minute: 1 }].map((change) => ({
    ...row!,
    bucket: { ...row!.bucket, ...change },
  }))
  queue.push(table(2, 'a'))
  queue.push({ ...table(3), rows: others })
  assert.equal(queue.take()?.rows.length, 4)
})

test('a table that was never taken cannot be stored', () => {
  assert.throws(() => new WriteQueue(1).stored(1), /seal 1 was never taken/)
})
