import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import type { Redis } from 'ioredis'
import type { VideoName } from '../../model/bucket.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { CALL_LIMITS, RedisCalls } from '../redis/calls.ts'
import type { Change } from './changes.ts'
import { RedisChangePublisher, RedisChangeSubscriber, shardOf } from './redis-changes.ts'

const videoOf = (videoId: string) => ({ tenant: 't', videoId })
const seriesOf = (videoId: string) => ({ ...videoOf(videoId), type: 'view' })
const settled = () => new Promise(setImmediate)
const video = (i: number) => `v${i}`
/** Videos of one shard. */
function together(count: number): string[] {
  const all: string[] = []
  for (let i = 0; all.length < count; i++) if (shardOf(videoOf(video(i))) === 7) all.push(video(i))
  return all
}

/** A Redis that passes messages to who is subscribed to their channels, unless it is away. */
class FakeRedis {
  readonly connections = new Set<Connection>()
  isAway = false
  readonly published: string[] = []

  pipeline() {
    const messages: [string, string][] = []
    return {
      publish: (channel: string, message: string) => messages.push([channel, message]),
      exec: async () => {
        if (this.isAway) throw new Error('away')
        for (const [channel, message] of messages) {
          this.published.push(channel)
          for (const one of this.connections) one.take(channel, message)
        }
        return messages.map(() => [null, 0])
      },
    }
  }
}

class Connection extends EventEmitter {
  readonly channels = new Set<string>()
  received = 0

  async subscribe(...channels: string[]) {
    for (const channel of channels) this.channels.add(channel)
  }

  async unsubscribe(channel: string) {
    this.channels.delete(channel)
  }

  async ping() {
    return 'PONG'
  }

  take(channel: string, message: string) {
    if (!this.channels.has(channel)) return
    this.received++
    this.emit('message', channel, message)
  }

  lose() {
    this.channels.clear()
    this.emit('close')
  }
}

function setup() {
  const clock = new ManualClock()
  const redis = new FakeRedis()
  const calls = new RedisCalls(redis as unknown as Redis, clock, { ...CALL_LIMITS, timeoutMs: 60_000 })
  const publisher = new RedisChangePublisher(calls, clock)
  const connect = () => {
    const connection = new Connection()
    redis.connections.add(connection)
    const subscriber = new RedisChangeSubscriber(connection as unknown as Redis)
    const news: Change[] = []
    const gaps: ((video: VideoName) => boolean)[] = []
    const gap = (concerns: (video: VideoName) => boolean) => gaps.push(concerns)
    const listener = { changed: (change: Change) => news.push(change), gap }
    const unsubscribe = subscriber.subscribe(listener)
    connection.emit('ready')
    return { connection, subscriber, news, gaps, unsubscribe }
  }
  /** One that follows these videos, and has been told of the gap before. */
  const follow = async (...videoIds: string[]) => {
    const connected = connect()
    const leave = videoIds.map((videoId) => connected.subscriber.follow(videoOf(videoId)))
    await settled()
    connected.gaps.length = 0
    return { ...connected, leave }
  }
  const pass = async (ms = 50) => {
    clock.advance(ms)
    for (let turn = 0; turn < 20; turn++) await settled()
  }
  return { redis, publisher, connect, follow, pass }
}

const namesOf = (news: readonly Change[]) =>
  news.flatMap(({ series }) => series.map(({ videoId }) => videoId))

test('a series that changes often is told of once, with the newest time', async () => {
  const { publisher, follow, pass } = setup()
  const { news } = await follow('ü\u{1f600}')
  for (const asOfMs of [1, 3, 2]) publisher.publish({ series: [seriesOf('ü\u{1f600}')], asOfMs })
  await pass()
  assert.deepEqual(news, [{ series: [seriesOf('ü\u{1f600}')], asOfMs: 3 }])
})

test('each of many processes gets the news that it follows, and little else', async () => {
  const { redis, publisher, follow, pass } = setup()
  const videos = Array.from({ length: 20_000 }, (_, i) => video(i))
  const followed = Array.from({ length: 30 }, (_, i) => [video(i * 3), video(i * 3 + 1), video(i * 3 + 2)])
  const all = await Promise.all(followed.map((some) => follow(...some)))
  publisher.publish({ series: videos.map(seriesOf), asOfMs: 1 })
  await pass()
  assert.equal(new Set(redis.published).size, redis.published.length)
  assert.ok(redis.published.length <= 256, `${redis.published.length} messages`)
  for (const [i, { connection, news }] of all.entries()) {
    const names = new Set(namesOf(news))
    for (const videoId of followed[i]!) assert.ok(names.has(videoId), videoId)
    assert.ok(connection.received <= 3, `${connection.received} messages`)
    assert.ok(names.size < videos.length / 50, `${names.size} of ${videos.length} series`)
  }
})

test('beyond the room for it, a shard is told to read all again, and the others of what changed', async () => {
  const { publisher, follow, pass } = setup()
  const many = together(1_001)
  const other = Array.from({ length: 99 }, (_, i) => video(i)).find((one) => shardOf(videoOf(one)) !== 7)!
  const { news, gaps } = await follow(many[0]!, other)
  publisher.publish({ series: [...many, other].map(seriesOf), asOfMs: 1 })
  publisher.publish({ series: [seriesOf(many[0]!)], asOfMs: 1 })
  await pass()
  assert.deepEqual(namesOf(news), [other])
  assert.equal(gaps.length, 1)
  assert.deepEqual(
    [many[0]!, many[1_000]!, other].map((one) => gaps[0]!(videoOf(one))),
    [true, true, false],
  )
  publisher.publish({ series: [seriesOf(many[5]!)], asOfMs: 2 })
  await pass()
  assert.deepEqual(namesOf(news), [other, many[5]])
})

test('what Redis did not take is told as a gap when it is back', async () => {
  const { redis, publisher, follow, pass } = setup()
  const { news, gaps } = await follow('a', 'b')
  redis.isAway = true
  publisher.publish({ series: [seriesOf('a')], asOfMs: 1 })
  await pass()
  publisher.publish({ series: [seriesOf('a'), seriesOf('b')], asOfMs: 1 })
  await pass(1_000)
  redis.isAway = false
  for (let s = 0; s < 3; s++) await pass(1_000)
  assert.deepEqual(news, [])
  for (const videoId of ['a', 'b'])
    assert.ok(
      gaps.some((concerns) => concerns(videoOf(videoId))),
      videoId,
    )
  publisher.publish({ series: [seriesOf('a')], asOfMs: 2 })
  await pass(1_000)
  assert.deepEqual(namesOf(news), ['a'])
})

test('whoever begins to follow, or is connected again, is told of a gap', async () => {
  const { connect } = setup()
  const { connection, subscriber, gaps } = connect()
  await settled()
  assert.equal(gaps.length, 0)
  subscriber.follow(videoOf('a'))
  await settled()
  assert.equal(gaps.length, 1)
  assert.equal(gaps[0]!(videoOf('a')), true)
  connection.lose()
  connection.emit('ready')
  await settled()
  assert.equal(gaps.length, 2)
  assert.equal(gaps[1]!(videoOf('a')), true)
})

test('it listens to a video that is followed, while it is connected', async () => {
  const { connect } = setup()
  const { connection, subscriber } = connect()
  const isListening = () => subscriber.isListening(videoOf('a'))
  assert.equal(isListening(), false)
  const leave = subscriber.follow(videoOf('a'))
  assert.equal(isListening(), false)
  await settled()
  assert.equal(isListening(), true)
  connection.lose()
  assert.equal(isListening(), false)
  connection.emit('ready')
  await settled()
  assert.equal(isListening(), true)
  leave()
  assert.equal(isListening(), false)
})

test('a shard is left by the last one who follows a video of it, and followed anew', async () => {
  const { publisher, follow, pass } = setup()
  const [first, second, third] = together(3)
  const { connection, subscriber, leave, news } = await follow(first!, second!)
  leave[0]!()
  leave[0]!()
  assert.equal(connection.channels.size, 1)
  leave[1]!()
  assert.equal(connection.channels.size, 0)
  const leaveThird = subscriber.follow(videoOf(third!))
  leaveThird()
  subscriber.follow(videoOf(third!))
  await settled()
  assert.ok(subscriber.isListening(videoOf(third!)))
  publisher.publish({ series: [seriesOf(third!)], asOfMs: 1 })
  await pass()
  assert.deepEqual(namesOf(news), [third])
})

test('what is no news is passed by, and who has left is not told', async () => {
  const { publisher, follow, pass } = setup()
  const { connection, news, gaps, unsubscribe } = await follow('a')
  for (const message of ['', '{}', '7', '["a"]', '[1,2]', '[1,"a"]']) connection.emit('message', 'x', message)
  unsubscribe()
  publisher.publish({ series: [seriesOf('a')], asOfMs: 1 })
  await pass()
  assert.deepEqual([news, gaps], [[], []])
})
