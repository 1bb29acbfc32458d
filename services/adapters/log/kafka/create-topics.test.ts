import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { LogError } from '../../../ports/log.ts'
import { ManualClock } from '../manual-clock.ts'
import { createTopics } from './create-topics.ts'
import { openKafkaLog } from './kafka-log.ts'
import { MemoryClient } from './memory-client.ts'

const SETTINGS = { replicationFactor: 1, minInSyncReplicas: 1, retentionMs: 1, retentionBytes: -1 }

function setUp() {
  const clock = new ManualClock()
  const client = new MemoryClient(clock)
  let named = 0
  const newIncarnation = () => `0000000${++named}`
  const create = (partitions: number, startAnew = false) =>
    createTopics({ ...SETTINGS, client, clock, prefix: 'tally', partitions, newIncarnation, startAnew })
  return { client, clock, create, open: () => openKafkaLog({ client, clock, prefix: 'tally' }) }
}

it('makes a topic for each lane, named by the incarnation', async () => {
  const { client, create } = setUp()
  assert.deepEqual(await create(3), { incarnation: '00000001', partitions: 3 })
  const made = Array.from(client.topics, ([name, partitions]) => [name, partitions.length])
  assert.deepEqual(made, [
    ['tally.meta', 1],
    ['tally.videos', 1],
    ['tally.events.00000001', 3],
    ['tally.events-late.00000001', 3],
    ['tally.events-dead.00000001', 1],
  ])
})

it('waits for the leaders of partitions that were just made', async () => {
  const { client, clock, create } = setUp()
  let refusals = 0
  client.before = (call) => {
    if (call !== 'offsetOf' || refusals === 5) return
    refusals++
    throw new LogError('unavailable', 'This server is not the leader for that topic-partition')
  }
  let made: unknown = null
  const creating = create(3).then((identity) => {
    made = identity
  })
  for (let at = 0; made === null && at < 1_000; at++) {
    clock.advance(100)
    await setImmediate()
  }
  await creating
  assert.deepEqual(made, { incarnation: '00000001', partitions: 3 })
  assert.equal(refusals, 5)
})

it('changes nothing when it is repeated, and never takes partitions away', async () => {
  const { client, create } = setUp()
  await create(3)
  assert.deepEqual(await create(2), { incarnation: '00000001', partitions: 3 })
  assert.equal(client.topics.size, 5)
})

it('agrees on one incarnation when it runs twice at once', async () => {
  const { create } = setUp()
  const made = await Promise.all([create(3), create(3)])
  assert.equal(made[0].incarnation, made[1].incarnation)
  assert.deepEqual(await create(3), made[0])
})

it('begins another incarnation only when told to', async () => {
  const { create, open } = setUp()
  await create(3)
  const before = await (await open()).sources('events')
  assert.equal((await create(2, true)).incarnation, '00000002')
  const after = await (await open()).sources('events')
  assert.equal(after.length, 2)
  assert.notEqual(after[0]!.id, before[0]!.id)
})

it('says what to do where there are no topics', async () => {
  await assert.rejects(setUp().open(), fault('unknown_partition', /create them first/))
})

it('halts where a topic is gone or has shrunk, and makes none in its place', async () => {
  const losses = [
    { partitions: 0, says: /is gone.*start at offset 0.*--start-anew/ },
    { partitions: 2, says: /has 2 partitions, but had 3/ },
  ]
  for (const { partitions, says } of losses) {
    const { client, create, open } = setUp()
    await create(3)
    const log = await open()
    const [source] = await log.sources('events')
    if (partitions === 0) client.topics.delete('tally.events.00000001')
    else client.topics.get('tally.events.00000001')!.length = partitions
    await assert.rejects(open(), fault('corrupt', says))
    await assert.rejects(create(3), fault('corrupt', says))
    await assert.rejects(log.sources('events'), fault('corrupt', says))
    if (partitions === 0)
      await assert.rejects(log.read(source!, 0, { bytesMax: 1, waitMs: 0 }), fault('corrupt', says))
    assert.equal(client.topics.get('tally.events.00000001')?.length ?? 0, partitions)
  }
})

function fault(code: string, says: RegExp) {
  return (error: unknown) => error instanceof LogError && error.code === code && says.test(error.message)
}
