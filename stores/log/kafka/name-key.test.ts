import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { it } from 'node:test'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { MemoryClient } from '../../../testing/memory-kafka-client.ts'
import { LogError } from '../log.ts'
import { createTopics } from './create-topics.ts'
import { openKafkaLog } from './kafka-log.ts'
import { writeMeta } from './meta.ts'
import { openNameKey } from './name-key.ts'

const SETTINGS = { replicationFactor: 1, minInSyncReplicas: 1, retentionMs: 1, retentionBytes: -1 }
const META = 'tally.meta'

async function setUp() {
  const clock = new ManualClock()
  const client = new MemoryClient(clock)
  let named = 0
  const create = (startAnew = false) => {
    const newIncarnation = () => `0000000${++named}`
    return createTopics({
      ...SETTINGS,
      client,
      clock,
      prefix: 'tally',
      partitions: 1,
      newIncarnation,
      startAnew,
    })
  }
  await create()
  const open = () => {
    const newKey = () => randomBytes(16)
    return openNameKey({ client, prefix: 'tally', newKey, newProposalId: randomUUID })
  }
  return { client, clock, create, open, entries: () => client.topics.get(META)![0]!.length }
}

it('makes a key where there is none, and finds it from then on', async () => {
  const { open, entries } = await setUp()
  const before = entries()
  const made = await open()
  assert.equal(entries(), before + 1)
  assert.equal((await open()).id, made.id)
  assert.equal(entries(), before + 1)
})

it('keeps the key for a log that is made anew, and the log opens as before', async () => {
  const { client, clock, create, open } = await setUp()
  const made = await open()
  const { incarnation } = await create(true)
  assert.equal((await open()).id, made.id)
  assert.equal((await openKafkaLog({ client, clock, prefix: 'tally' })).incarnation, incarnation)
})

it('agrees on the first of several that are made at once', async () => {
  const { client, open } = await setUp()
  let writing = 0
  const bothRead = Promise.withResolvers<void>()
  client.before = (call) => {
    if (call !== 'produce') return
    if (++writing === 3) bothRead.resolve()
    return bothRead.promise
  }
  const keys = await Promise.all([open(), open(), open()])
  assert.equal(writing, 3)
  assert.equal(new Set(keys.map(({ id }) => id)).size, 1)
  assert.equal((await open()).id, keys[0].id)
})

it('is unavailable while the topic is, and then takes what its lost answer left there', async () => {
  const { client, open, entries } = await setUp()
  const before = entries()
  client.before = (call) => {
    if (call === 'fetch') throw new LogError('unavailable', 'away')
  }
  await assert.rejects(open(), { name: 'LogError', code: 'unavailable' })
  assert.equal(entries(), before)
  let fetches = 0
  client.before = (call) => {
    if (call === 'fetch' && ++fetches === 2) throw new LogError('unavailable', 'away')
  }
  await assert.rejects(open(), { name: 'LogError', code: 'unavailable' })
  const entry = JSON.parse(String(client.topics.get(META)![0]!.at(-1)!.bytes)) as { bytes: string }
  assert.equal(Buffer.from(entry.bytes, 'base64').length, 16)
  const found = await open()
  assert.equal((await open()).id, found.id)
  assert.equal(entries(), before + 1)
})

it('stops where the entry is no key, and does not say what it holds', async () => {
  for (const value of [{ bytes: 'c2VjcmV0' }, { bytes: 5 }, null, 'c2VjcmV0']) {
    const { client, open } = await setUp()
    await writeMeta(client, META, 'namekey', 'x', value)
    await assert.rejects(open(), (error) => {
      assert.ok(error instanceof LogError && error.code === 'corrupt')
      assert.ok(!`${error.message}${error.cause}`.includes('secret') && !error.message.includes('c2Vj'))
      return true
    })
  }
})
