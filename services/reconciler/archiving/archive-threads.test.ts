import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RecordBatch } from '../../../stores/archive/archive.ts'
import type { ArchiveThread } from './archive-thread.ts'
import { ArchiveThreads } from './archive-threads.ts'

const BATCH: RecordBatch = {
  sourceId: '00000000-0',
  origin: 'events',
  fromOffset: 0,
  toOffset: 1,
  records: [],
}

/** Threads whose batches end when the test says so. */
function setUp(count: number) {
  const calls: { thread: number; done: PromiseWithResolvers<[]> }[] = []
  const threads = Array.from({ length: count }, (_, thread) => ({
    store() {
      const done = Promise.withResolvers<[]>()
      calls.push({ thread, done })
      return done.promise
    },
  }))
  const archive = new ArchiveThreads(threads as unknown as readonly ArchiveThread[])
  return { archive, calls, seen: () => calls.map(({ thread }) => thread).join(' ') }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

test('as many batches are written at a time as there are threads, and each thread has one', async () => {
  const { archive, calls, seen } = setUp(2)
  const stored = Array.from({ length: 4 }, () => archive.store(BATCH))
  await settled()
  assert.equal(seen(), '0 1')
  calls[1]!.done.resolve([])
  await stored[1]
  await settled()
  assert.equal(seen(), '0 1 1')
  calls[0]!.done.reject(new Error('the thread died'))
  await assert.rejects(stored[0]!, /the thread died/)
  await settled()
  assert.equal(seen(), '0 1 1 0')
  for (const { done } of calls) done.resolve([])
  assert.deepEqual(await Promise.all([stored[2], stored[3]]), [[], []])
})

test('one batch after the other is written by the same thread', async () => {
  const { archive, calls, seen } = setUp(3)
  for (let i = 0; i < 4; i++) {
    const stored = archive.store(BATCH)
    await settled()
    calls[i]!.done.resolve([])
    await stored
  }
  assert.equal(seen(), '0 0 0 0')
})
