import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock as clock } from '../../lib/system-clock.ts'
import { DAY_MS } from '../../model/bucket.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { openEmbeddedLog } from '../log/embedded/embedded-log.ts'
import { AllSources } from './all-sources.ts'

test('a process that has all sources gets those of a log that grows, too', async () => {
  await using directory = await temporaryDirectory()
  const retention = { ageMs: DAY_MS, bytesMax: 1e9 }
  const log = await openEmbeddedLog({ directory: directory.path, clock, partitions: 1, retention })
  const owned: number[] = []
  await new AllSources(log, log).claim((sources) => owned.push(sources.length))
  await log.growPartitions(3)
  while (owned.length < 2) await new Promise(setImmediate)
  await log.growPartitions(2)
  await log.close()
  assert.deepEqual(owned, [2, 6])
})
