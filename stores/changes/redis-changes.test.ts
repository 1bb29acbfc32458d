import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import type { Redis } from 'ioredis'
import { ManualClock } from '../../testing/manual-clock.ts'
import { RedisCalls } from '../redis/calls.ts'
import type { Change } from './changes.ts'
import { RedisChangePublisher, RedisChangeSubscriber } from './redis-changes.ts'

const seriesOf = (videoId: string) => ({ tenant: 't', videoId, type: 'view' })
const settled = () => new Promise(setImmediate)

/** A Redis that passes published messages to a subscriber, unless it is away. */
function setup() {
  const clock = new ManualClock()
  const subscribed = Object.assign(new EventEmitter(), { subscribe: async () => 1 })
  let isAway = false
  const publish = async (channel: string, message: string) => {
    if (isAway) throw new Error('away')
    subscribed.emit('message', channel, message)
  }
  const dropped: number[] = []
  const calls = new RedisCalls({ publish } as unknown as Redis, clock)
  const publisher = new RedisChangePublisher(calls, clock, (series) => dropped.push(series))
  const news: (Change | 'gap')[] = []
  const subscriber = new RedisChangeSubscriber(subscribed as unknown as Redis)
  const listener = { changed: (change: Change) => news.push(change), gap: () => news.push('gap') }
  const unsubscribe = subscriber.subscribe(listener)
  const pass = async () => {
    clock.advance(50)
    await settled()
  }
  const goAway = (away: boolean) => {
    isAway = away
  }
  return { publisher, subscriber, subscribed, news, dropped, unsubscribe, pass, goAway }
}

test('a series that changes often is told of once, with the newest time', async () => {
  const { publisher, news, pass } = setup()
  for (const asOfMs of [1, 3, 2]) publisher.publish({ series: [seriesOf('a')], asOfMs })
  publisher.publish({ series: [seriesOf('ü\u{1f600}')], asOfMs: 2 })
  await pass()
  assert.deepEqual(news, [{ series: [seriesOf('a'), seriesOf('ü\u{1f600}')], asOfMs: 3 }])
})

test('much news goes out in several messages, and none is lost', async () => {
  const { publisher, news, pass } = setup()
  publisher.publish({ series: Array.from({ length: 2_500 }, (_, i) => seriesOf(`v${i}`)), asOfMs: 1 })
  await pass()
  assert.deepEqual(
    news.map((change) => (change as Change).series.length),
    [1_000, 1_000, 500],
  )
})

test('news beyond the room for it is dropped, and counted', async () => {
  const { publisher, dropped } = setup()
  publisher.publish({ series: Array.from({ length: 100_007 }, (_, i) => seriesOf(`v${i}`)), asOfMs: 1 })
  assert.deepEqual(dropped, [7])
})

test('without Redis news is dropped and counted, and what comes later is told', async () => {
  const { publisher, news, dropped, pass, goAway } = setup()
  goAway(true)
  publisher.publish({ series: [seriesOf('a'), seriesOf('b')], asOfMs: 1 })
  await pass()
  goAway(false)
  publisher.publish({ series: [seriesOf('c')], asOfMs: 2 })
  await pass()
  assert.deepEqual(dropped, [2])
  assert.deepEqual(news, [{ series: [seriesOf('c')], asOfMs: 2 }])
})

test('each new connection is a gap', async () => {
  const { subscribed, news } = setup()
  subscribed.emit('ready')
  await settled()
  subscribed.emit('ready')
  await settled()
  assert.deepEqual(news, ['gap', 'gap'])
})

test('it listens while it is connected', async () => {
  const { subscriber, subscribed } = setup()
  assert.equal(subscriber.isListening(), false)
  subscribed.emit('ready')
  await settled()
  assert.equal(subscriber.isListening(), true)
  subscribed.emit('close')
  assert.equal(subscriber.isListening(), false)
})

test('what is no news is passed by, and who has left is not told', async () => {
  const { publisher, subscribed, news, unsubscribe, pass } = setup()
  for (const message of ['', '{}', '7', '[1,2]']) subscribed.emit('message', 'tally:changes', message)
  unsubscribe()
  publisher.publish({ series: [seriesOf('a')], asOfMs: 1 })
  await pass()
  assert.deepEqual(
    news.filter((change) => change === 'gap' || change.series.length > 0),
    [],
  )
})
