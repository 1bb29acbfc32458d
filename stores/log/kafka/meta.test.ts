import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { MemoryClient } from '../../../testing/memory-kafka-client.ts'
import type { Fetched } from './kafka-client.ts'
import { MetaReader, writeMeta } from './meta.ts'

const TOPIC = 'tally.meta'

function setUp() {
  const client = new MemoryClient(new ManualClock())
  client.topics.set(TOPIC, [[]])
  return { client, write: (id: string) => writeMeta(client, TOPIC, 'layout', id, id) }
}

test('what a broker does not show up to the end that it named is not taken for all there is', async () => {
  const { client, write } = setUp()
  await write('1')
  await write('2')
  const fetch = client.fetch.bind(client)
  client.fetch = async (topic, partition, fromOffset, limit): Promise<Fetched> => {
    const { records, endOffset } = await fetch(topic, partition, fromOffset, limit)
    const shown = records.filter(({ offset }) => offset < 1)
    return { records: shown, nextOffset: fromOffset + shown.length, endOffset }
  }
  const reader = new MetaReader(client, TOPIC)
  await assert.rejects(reader.read(), { code: 'unavailable' })
  client.fetch = fetch
  const entries = await reader.read()
  assert.deepEqual(
    entries.map(({ value }) => value),
    ['1', '2'],
  )
})
