import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { MemoryClient } from '../../../testing/memory-kafka-client.ts'
import { LogError } from '../log.ts'
import { createTopics } from './create-topics.ts'
import type { Acks } from './kafka-client.ts'
import { openKafkaLog } from './kafka-log.ts'

const SETTINGS = {
  partitions: 2,
  replicationFactor: 1,
  minInSyncReplicas: 1,
  retentionMs: 1,
  retentionBytes: -1,
}

async function setUp(acks?: Acks) {
  const clock = new ManualClock()
  const client = new MemoryClient(clock)
  const prefix = 'tally'
  await createTopics({ ...SETTINGS, client, clock, prefix, newIncarnation: () => 'abad1dea' })
  client.produced.length = 0
  return { clock, client, log: await openKafkaLog({ client, clock, prefix, ...(acks && { acks }) }) }
}

it('has one request under way for each partition, and sends what waits as one', async () => {
  const { client, log } = await setUp()
  let underWay = 0
  let most = 0
  client.before = async () => {
    most = Math.max(most, ++underWay)
    await new Promise(setImmediate)
    underWay--
  }
  const first = log.append('events', 0, Buffer.from('first'))
  await new Promise(setImmediate)
  const rest = ['a', 'b', 'c'].map((text) => log.append('events', 0, Buffer.from(text)))
  assert.deepEqual(
    await Promise.all([first, ...rest]),
    [0, 1, 2, 3].map((offset) => ({ offset })),
  )
  assert.deepEqual([most, client.produced], [1, [1, 3]])
})

it('sends what a record carries with that record alone', async () => {
  const { log } = await setUp()
  const traceparents = [`00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`]
  const [source] = await log.sources('events')
  await Promise.all([
    log.append('events', 0, Buffer.from('a')),
    log.append('events', 0, Buffer.from('b'), { traceparents }),
  ])
  const { records } = await log.read(source!, 0, { bytesMax: 1, waitMs: 0 })
  const rest = await log.read(source!, 1, { bytesMax: 1, waitMs: 0 })
  assert.deepEqual([records[0]!.traceparents, rest.records[0]!.traceparents], [undefined, traceparents])
})

it('asks every replica in sync to acknowledge, unless the leader is to be enough', async () => {
  for (const acks of ['all', 'leader', undefined] as const) {
    const { client, log } = await setUp(acks)
    await log.append('events', 0, Buffer.from('a'))
    assert.equal(client.acks, acks ?? 'all')
  }
})

it('keeps requests to about a mebibyte', async () => {
  const { client, log } = await setUp()
  const half = Buffer.alloc(600 << 10)
  await Promise.all([half, half, half, half, half].map((bytes) => log.append('events', 1, bytes)))
  assert.deepEqual(client.produced, [2, 2, 1])
})

it('refuses appends when too much waits', async () => {
  const { client, log } = await setUp()
  const answer = Promise.withResolvers<void>()
  client.before = () => answer.promise
  const appends = Array.from({ length: 12 }, () => log.append('events', 0, Buffer.alloc(1 << 20)))
  const settled = Promise.allSettled(appends)
  answer.resolve()
  const refused = (await settled).filter(({ status }) => status === 'rejected')
  assert.ok(refused.length > 0 && refused.length < 12)
  for (const { reason } of refused as PromiseRejectedResult[]) assert.equal(reason.code, 'unavailable')
})

it('sends again a few times, and then leaves it to the caller', async () => {
  for (const { failures, appended } of [
    { failures: 2, appended: true },
    { failures: 3, appended: false },
  ]) {
    const { clock, client, log } = await setUp()
    let failed = 0
    client.before = () => {
      if (failed++ < failures) throw new LogError('unavailable', 'The leader has moved.')
    }
    const append = log.append('events', 0, Buffer.from('a')).then(
      () => true,
      () => false,
    )
    const ended = append.then(() => clearInterval(ticking))
    const ticking = setInterval(() => clock.advance(1_000), 1)
    await ended
    assert.equal(await append, appended)
  }
})

it('ends a wait for a client that hangs', async () => {
  const { clock, client, log } = await setUp()
  const asked = Promise.withResolvers<void>()
  client.before = () => {
    asked.resolve()
    return new Promise(() => {})
  }
  const [source] = await log.sources('events')
  const reading = log.read(source!, 0, { bytesMax: 1, waitMs: 0 })
  await asked.promise
  clock.advance(60_000)
  await assert.rejects(reading, (error) => error instanceof LogError && error.code === 'unavailable')
})

it('reads on where records are left out, and serves what it has fetched before it asks again', async () => {
  const { client, log } = await setUp()
  for (const text of ['a', 'b', 'c']) await log.append('events', 0, Buffer.from(text))
  const [source] = await log.sources('events')
  client.topics.get(log.topicOf('events'))![0]!.splice(1, 1) // offsets 0 and 2 are left
  let fetches = 0
  client.before = () => {
    fetches++
  }
  const first = await log.read(source!, 0, { bytesMax: 1, waitMs: 0 })
  const second = await log.read(source!, 1, { bytesMax: 1, waitMs: 0 })
  assert.deepEqual(
    [first, second].map(({ records }) => records.map(({ offset }) => offset)),
    [[0], [2]],
  )
  assert.equal(fetches, 1)
})
