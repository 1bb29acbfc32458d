import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { EMPTY } from '../../../model/total.ts'
import type { CountRow, RefusedRow } from '../counts.ts'
import { type Batch, GatheredWrites, type SourceWrite } from './gathered-writes.ts'

function rowOf(partition: number): CountRow {
  const bucket = { tenant: '', videoId: `v${partition}`, type: 'view', minute: 0 }
  return { bucket, total: { ...EMPTY, count: 1, upTo: 1 } }
}

function writeOf(sourceId: string, ...partitions: readonly number[]): SourceWrite {
  return { sourceId, rows: partitions.map(rowOf) }
}

type Sent = { readonly rows: readonly CountRow[] } & PromiseWithResolvers<readonly RefusedRow[]>

/** A store with a batch for each partition, which waits until the test ends it. */
function setup(rowsMax?: number) {
  const sent: Sent[] = []
  const begin = (writes: readonly SourceWrite[]): Batch<SourceWrite>[] => {
    const parts = writes.flatMap((write) => write.rows.map((row) => ({ write, row })))
    return Array.from(Map.groupBy(parts, ({ row }) => row.bucket.videoId).values(), (batch) => {
      const one = { rows: batch.map(({ row }) => row), ...Promise.withResolvers<readonly RefusedRow[]>() }
      sent.push(one)
      return { of: new Set(batch.map(({ write }) => write)), stored: one.promise }
    })
  }
  return { sent, gathered: new GatheredWrites(begin, undefined, rowsMax) }
}

/** What became of a promise so far. */
function watched(promise: Promise<readonly RefusedRow[]>) {
  const seen = { outcome: 'waits' as string }
  promise.then(
    (refused) => {
      seen.outcome = refused.length === 0 ? 'stored' : refused.map(({ reason }) => reason).join()
    },
    (error: Error) => {
      seen.outcome = error.message
    },
  )
  return seen
}

test('writes of one turn share the batches of their partitions', async () => {
  const { sent, gathered } = setup()
  const writes = [writeOf('a', 1, 2), writeOf('b', 2, 3), writeOf('c', 2)]
  const running = writes.map((write) => gathered.write(write))
  await setImmediate()
  assert.deepEqual(
    sent.map(({ rows }) => rows.length),
    [1, 3, 1],
  )
  for (const { resolve } of sent) resolve([])
  assert.deepEqual(await Promise.all(running), [[], [], []])
})

test('a write waits for no batch that has none of its rows', async () => {
  const { sent, gathered } = setup()
  const [a, b] = [writeOf('a', 1), writeOf('b', 2)].map((write) => watched(gathered.write(write)))
  await setImmediate()
  sent[0]!.resolve([])
  await setImmediate()
  assert.deepEqual([a!.outcome, b!.outcome], ['stored', 'waits'])
})

test('a batch that fails fails every write in it and no other, once none of theirs is in flight', async () => {
  const { sent, gathered } = setup()
  const seen = [writeOf('a', 1, 2), writeOf('b', 2), writeOf('c', 3)].map((w) => watched(gathered.write(w)))
  await setImmediate()
  sent[1]!.reject(new Error('away'))
  sent[2]!.resolve([])
  await setImmediate()
  assert.deepEqual(
    seen.map(({ outcome }) => outcome),
    ['waits', 'away', 'stored'],
  )
  sent[0]!.resolve([])
  await setImmediate()
  assert.equal(seen[0]!.outcome, 'away')
})

test('a refused row is told to the write that it is of', async () => {
  const { sent, gathered } = setup()
  const writes = [writeOf('a', 1), writeOf('b', 1)]
  const running = writes.map((write) => gathered.write(write))
  await setImmediate()
  const refused = { row: writes[1]!.rows[0]!, reason: 'too odd' }
  sent[0]!.resolve([refused])
  assert.deepEqual(await Promise.all(running), [[], [refused]])
})

test('many rows are not kept waiting', async () => {
  const { sent, gathered } = setup(3)
  void gathered.write(writeOf('a', 1, 1))
  assert.equal(sent.length, 0)
  void gathered.write(writeOf('b', 1, 1))
  assert.deepEqual(
    sent.map(({ rows }) => rows.length),
    [4],
  )
  void gathered.write(writeOf('c', 1))
  await setImmediate()
  assert.equal(sent.length, 2)
})

test('whoever cannot begin fails all that waited', async () => {
  const gathered = new GatheredWrites<SourceWrite>(() => {
    throw new Error('broken')
  })
  const outcomes = await Promise.allSettled(['a', 'b'].map((source) => gathered.write(writeOf(source, 1))))
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
})

test('a write is stored if and only if all batches with its rows are, in whatever order they end', async () => {
  const write = fc.record({
    source: fc.nat(3),
    partitions: fc.array(fc.nat(4), { minLength: 1, maxLength: 6 }),
    turns: fc.nat(1),
  })
  const end = fc.record({ nth: fc.nat(20), isStored: fc.boolean() })
  const property = fc.asyncProperty(
    fc.array(write, { maxLength: 8 }),
    fc.array(end, { maxLength: 12 }),
    async (writes, ends) => {
      const { sent, gathered } = setup()
      const running: { one: SourceWrite; seen: { readonly outcome: string } }[] = []
      for (const { source, partitions, turns } of writes) {
        const one = writeOf(`s-${source}`, ...partitions)
        running.push({ one, seen: watched(gathered.write(one)) })
        if (turns > 0) await setImmediate()
      }
      await setImmediate()
      const open = sent.slice()
      const stored = new Set<CountRow>()
      const failed = new Set<CountRow>()
      for (const { nth, isStored } of ends) {
        const [batch] = open.splice(nth % Math.max(1, open.length), 1)
        if (batch === undefined) break
        if (isStored) batch.resolve([])
        else batch.reject(new Error('away'))
        for (const row of batch.rows) (isStored ? stored : failed).add(row)
        await setImmediate()
        for (const { one, seen } of running) {
          const hasEnded = one.rows.every((row) => stored.has(row) || failed.has(row))
          const expected = one.rows.some((row) => failed.has(row)) ? 'away' : 'stored'
          assert.equal(seen.outcome, hasEnded ? expected : 'waits')
        }
      }
      for (const batch of open) batch.resolve([])
      await setImmediate()
    },
  )
  await fc.assert(property, { numRuns: 200 })
})
