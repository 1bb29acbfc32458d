import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { MemoryClient } from '../../../testing/memory-kafka-client.ts'
import { LANES } from '../lanes.ts'
import { LogError } from '../log.ts'
import { createTopics } from './create-topics.ts'
import { openKafkaLog } from './kafka-log.ts'

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
  assert.deepEqual(await create(3), { incarnation: '00000001', partitions: 3, lanes: LANES })
  const made = Array.from(client.topics, ([name, partitions]) => [name, partitions.length])
  assert.deepEqual(made, [
    ['tally.meta', 1],
    ['tally.videos', 1],
    ['tally.watermarks', 1],
    ['tally.events.00000001', 3],
    ['tally.events-late.00000001', 3],
    ['tally.events-dead.00000001', 1],
    ['tally.events-overflow.00000001', 3],
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
  const made = await whileTimePasses(clock, create(3))
  assert.deepEqual(made, { incarnation: '00000001', partitions: 3, lanes: LANES })
  assert.equal(refusals, 5)
})

it('changes nothing when it is repeated, and never takes partitions away', async () => {
  const { client, create } = setUp()
  await create(3)
  assert.deepEqual(await create(2), { incarnation: '00000001', partitions: 3, lanes: LANES })
  assert.equal(client.topics.size, 7)
})

it('agrees on one incarnation when it runs twice at once', async () => {
  const { create } = setUp()
  const made = await Promise.all([create(3), create(3)])
  assert.equal(made[0].incarnation, made[1].incarnation)
  assert.deepEqual(await create(3), made[0])
})

it('gives a log that is older than a lane that lane, once', async () => {
  const { client, clock, create, open } = setUp()
  await create(3)
  client.topics.delete('tally.events-overflow.00000001')
  const meta = client.topics.get('tally.meta')![0]!
  meta.splice(
    meta.findIndex(({ key }) => String(Buffer.from(key!)).startsWith('lanes-')),
    1,
  )
  const older = await open()
  assert.deepEqual(await older.sources('events-overflow'), [])
  await create(3)
  assert.equal((await older.sources('events-overflow')).length, 3)
  client.topics.delete('tally.events-overflow.00000001')
  const gone = fault('corrupt', /events-overflow.00000001 is gone/)
  await assert.rejects(whileTimePasses(clock, create(3)), gone)
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
  const { clock, open } = setUp()
  await assert.rejects(whileTimePasses(clock, open()), fault('unknown_partition', /create them first/))
})

it('halts where a topic is gone or has shrunk, and makes none in its place', async () => {
  const losses = [
    { partitions: 0, says: /is gone.*start at offset 0.*--start-anew/ },
    { partitions: 2, says: /has 2 partitions, but had 3/ },
  ]
  for (const { partitions, says } of losses) {
    const { client, clock, create, open } = setUp()
    const halts = (promise: Promise<unknown>) =>
      assert.rejects(whileTimePasses(clock, promise), fault('corrupt', says))
    await create(3)
    const log = await open()
    const [source] = await log.sources('events')
    if (partitions === 0) client.topics.delete('tally.events.00000001')
    else client.topics.get('tally.events.00000001')!.length = partitions
    await halts(open())
    await halts(create(3))
    await halts(log.sources('events'))
    if (partitions === 0) await halts(log.read(source!, 0, { bytesMax: 1, waitMs: 0 }))
    assert.equal(client.topics.get('tally.events.00000001')?.length ?? 0, partitions)
  }
})

it('takes no topic for lost because a broker that was just started does not know it yet', async () => {
  const { client, clock, create, open } = setUp()
  await create(3)
  const log = await open()
  const knows = client.partitionCount.bind(client)
  let behind = 0
  client.partitionCount = async (topic) => (behind-- > 0 ? behind % 2 : knows(topic))
  const later = async <T>(act: () => Promise<T>) => {
    behind = 20
    return whileTimePasses(clock, act())
  }
  assert.equal((await later(open)).incarnation, '00000001')
  assert.deepEqual(await later(() => create(3)), { incarnation: '00000001', partitions: 3, lanes: LANES })
  assert.equal((await later(() => log.sources('events'))).length, 3)
})

/** The clock goes on a tenth of a second each turn of the event loop. */
async function whileTimePasses<T>(clock: ManualClock, promise: Promise<T>): Promise<T> {
  const ticking = setInterval(() => clock.advance(100))
  try {
    return await promise
  } finally {
    clearInterval(ticking)
  }
}

function fault(code: string, says: RegExp) {
  return (error: unknown) => error instanceof LogError && error.code === code && says.test(error.message)
}
