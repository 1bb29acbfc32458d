import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { systemClock } from '../../lib/system-clock.ts'
import { MemoryClient } from '../../testing/memory-kafka-client.ts'
import { MemoryTitles } from '../../testing/memory-titles.ts'
import { TitleFollower } from './title-follower.ts'
import { watchTitles } from './title-metrics.ts'

test('a process that cannot ask the topic does not say that all titles are applied', async () => {
  const client = new MemoryClient(systemClock)
  client.topics.set('t.videos', [[]])
  const follower = new TitleFollower({
    ...{ client, clock: systemClock, topic: 't.videos', worker: 'one' },
    store: new MemoryTitles().seenBy(),
    onTrouble: assert.ifError,
  })
  const registry = new Registry()
  watchTitles(registry, follower, 7)
  const shown = async () => {
    const line = /^tally_titles_behind_records\{index_version="7"\} (.*)$/m
    return line.exec(await registry.metrics())?.[1]
  }
  assert.equal(await shown(), 'Nan')
  await follower.look()
  assert.equal(await shown(), '0')
  client.before = () => Promise.reject(new Error('away'))
  await assert.rejects(follower.look())
  assert.equal(await shown(), 'Nan')
})
