import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { watchDisk } from './disk-metrics.ts'

async function reading(registry: Registry, name: string): Promise<number | undefined> {
  return (await registry.getSingleMetric(name)!.get()).values[0]?.value
}

test('the disk of the data directory has a size, and at most that is free', async () => {
  await using directory = await temporaryDirectory()
  const registry = new Registry()
  watchDisk(registry, directory.path)
  const size = (await reading(registry, 'tally_disk_size_bytes'))!
  const free = (await reading(registry, 'tally_disk_free_bytes'))!
  assert.ok(size > 0 && free >= 0 && free <= size, `${free} of ${size}`)
})

test('a directory that is not there has no value, and the scrape goes on', async () => {
  await using directory = await temporaryDirectory()
  const registry = new Registry()
  watchDisk(registry, join(directory.path, 'nothing'))
  assert.equal(await reading(registry, 'tally_disk_free_bytes'), undefined)
})
