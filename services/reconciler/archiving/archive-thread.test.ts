import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { systemClock } from '../../../lib/system-clock.ts'
import { minuteOf } from '../../../model/bucket.ts'
import type { RecordBatch } from '../../../stores/archive/archive.ts'
import { collectGarbage } from '../../../testing/collect-garbage.ts'
import { bytesOf, timeOf } from '../../../testing/event-fixture.ts'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { ArchiveThread } from './archive-thread.ts'
import { openBatchArchive } from './open-archive.ts'

const SOURCE = '00000000-0'

function batchOf(fromOffset: number, ...records: readonly (readonly string[])[]): RecordBatch {
  return {
    sourceId: SOURCE,
    origin: 'events',
    fromOffset,
    toOffset: fromOffset + records.length,
    records: records.map((events, i) => ({
      offset: fromOffset + i,
      logTimeMs: timeOf('12:00:30'),
      bytes: bytesOf(events),
    })),
  }
}

async function openIn(directory: string) {
  const settings = {
    objects: { kind: 'file', directory: join(directory, 'archive') },
    dataDirectory: directory,
    recountMiB: 64,
    recountThreads: 1,
    unknownSchemas: 'wait',
  } as const
  const stack = new AsyncDisposableStack()
  const opened = await openBatchArchive({ stack, clock: systemClock, signal: AbortSignal.any([]) }, settings)
  return { ...opened, close: () => stack.disposeAsync() }
}

it('writes what another thread recounts', async () => {
  await using directory = await temporaryDirectory()
  const { archive, records, close } = await openIn(directory.path)
  await records.store(batchOf(0, ['a:1@12:00:00', 'a:2@12:00:00'], ['b:3@12:00:00']))
  await records.store(batchOf(2, ['a:2@12:00:00', 'a:4@12:00:00']))
  const [{ hour } = assert.fail('nothing is held')] = await archive.holdings()
  const { buckets } = await archive.recount({
    hours: [hour],
    beforeMinute: minuteOf(timeOf('13:00:00')),
    horizonMs: 600_000,
    aheadMs: 60_000,
  })
  const counts: Record<string, number> = {}
  for await (const lot of buckets) for (const { bucket, all } of lot) counts[bucket.videoId] = all.count
  assert.deepEqual(counts, { a: 3, b: 1 })
  await close()
})

it('tells why it could not store, and stores the next', async () => {
  await using directory = await temporaryDirectory()
  const { archive, records, close } = await openIn(directory.path)
  const bad = { ...batchOf(0, ['a:1@12:00:00']), sourceId: 'no/such name' }
  const [refused, stored] = await Promise.allSettled([
    records.store(bad),
    records.store(batchOf(0, ['a:1@12:00:00'])),
  ])
  assert.match(String((refused as PromiseRejectedResult).reason), /The id of a source is/)
  assert.equal(stored.status, 'fulfilled')
  assert.equal((await archive.holdings()).length, 1)
  await close()
})

it('says so when the thread dies, and begins another', async () => {
  await using directory = await temporaryDirectory()
  const file = join(directory.path, 'dies-once.mjs')
  await writeFile(
    file,
    `import { parentPort } from 'node:worker_threads'
    parentPort.on('message', ({ fromOffset }) => {
      if (fromOffset === 0) process.exit(7)
      parentPort.postMessage({ sketches: [] })
    })`,
  )
  const thread = new ArchiveThread(null, pathToFileURL(file))
  await assert.rejects(thread.store(batchOf(0, ['a:1@12:00:00'])), /ended with exit code 7/)
  assert.deepEqual(await thread.store(batchOf(1, ['a:1@12:00:00'])), [])
  await thread.close()
})

it('keeps nothing of what it has done', async (t) => {
  await using directory = await temporaryDirectory()
  const file = join(directory.path, 'replies.mjs')
  await writeFile(
    file,
    `import { parentPort } from 'node:worker_threads'
    parentPort.on('message', () => parentPort.postMessage({ sketches: [] }))`,
  )
  const thread = new ArchiveThread(null, pathToFileURL(file))
  t.after(() => thread.close())
  const storeSome = async () => {
    for (let i = 0; i < 5_000; i++) await thread.store({ ...batchOf(0), records: [] })
    await setImmediate()
    collectGarbage()
    return process.memoryUsage().heapUsed
  }
  await storeSome()
  // What a batch left would be seen each time; the engine itself takes some memory now and then.
  const kept: number[] = []
  for (let before = await storeSome(); kept.length < 3; ) {
    const after = await storeSome()
    kept.push((after - before) / 5_000)
    before = after
  }
  assert.ok(Math.min(...kept) < 100, `${kept} bytes a batch`)
})
