// The change feed over Redis: publish and subscribe, on channels by a hash of the video, so that a process gets little
// more than what it follows. Notifications wait a moment, so that a series that changes often is published once.
import type { Redis } from 'ioredis'
import type { Clock } from '../../lib/clock.ts'
import type { Series, VideoName } from '../../model/bucket.ts'
import { kafkaPartition } from '../../model/murmur2.ts'
import { parseSeriesText, SEPARATOR, seriesText } from '../../model/series-text.ts'
import type { RedisCalls } from '../redis/calls.ts'
import type { Change, ChangeListener, ChangePublisher, ChangeSubscriber } from './changes.ts'

const CHANNEL = 'tally:changes:'
/** All processes must have the same. Each round of a publisher is at most so many messages. */
const SHARDS = 256
const LINGER_MS = 50
/** Series of a shard that wait; beyond this, whoever follows the shard is told to read everything again. */
const SHARD_SERIES_MAX = 1_000
/** Messages that are sent at once. */
const MESSAGES_MAX = 32
/** How long to wait after Redis took no message. */
const RETRY_MS = 1_000
/** Notifications may be rare, so an answer to this ping shows that the connection is alive. A silent one is closed. */
const PING_INTERVAL_MS = 1_000
/** In the place of series: there are too many, or unknown ones. */
const UNNAMED = 'unnamed'

export function shardOf({ tenant, videoId }: VideoName): number {
  return kafkaPartition(Buffer.from(tenant + SEPARATOR + videoId), SHARDS)
}

export class RedisChangePublisher implements ChangePublisher {
  readonly #calls: RedisCalls
  readonly #clock: Clock
  /** By shard. */
  #waiting = new Map<number, Set<string> | typeof UNNAMED>()
  #asOfMs = Number.NEGATIVE_INFINITY
  #isSending = false

  constructor(calls: RedisCalls, clock: Clock) {
    this.#calls = calls
    this.#clock = clock
  }

  publish({ series, asOfMs }: Change): void {
    for (const one of series) this.#add(shardOf(one), seriesText(one))
    this.#asOfMs = Math.max(this.#asOfMs, asOfMs)
    if (!this.#isSending) this.#sendAll()
  }

  #add(shard: number, text: string): void {
    const waiting = this.#waiting.get(shard) ?? new Set()
    if (waiting === UNNAMED) return
    waiting.add(text)
    this.#waiting.set(shard, waiting.size > SHARD_SERIES_MAX ? UNNAMED : waiting)
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true
    let waitMs = LINGER_MS
    while (this.#waiting.size > 0) {
      await this.#clock.sleep(waitMs)
      waitMs = LINGER_MS
      const all = Array.from(this.#waiting)
      this.#waiting = new Map()
      for (let at = 0; at < all.length; at += MESSAGES_MAX) {
        const some = all.slice(at, at + MESSAGES_MAX)
        if (await this.#send(some)) continue
        for (const [shard] of some) this.#waiting.set(shard, UNNAMED)
        waitMs = RETRY_MS
      }
    }
    this.#isSending = false
  }

  /** False if it is not known that all were sent. */
  async #send(some: readonly [number, Set<string> | typeof UNNAMED][]): Promise<boolean> {
    const publish = async (redis: Redis) => {
      const pipeline = redis.pipeline()
      for (const [shard, series] of some) {
        const texts = series === UNNAMED ? [] : series
        pipeline.publish(CHANNEL + shard, JSON.stringify([this.#asOfMs, ...texts]))
      }
      return (await pipeline.exec()) ?? []
    }
    try {
      const replies = await this.#calls.run(publish)
      return replies.every(([error]) => error === null)
    } catch {
      return false
    }
  }
}

type Followed = { followers: number; isListening: boolean }

/** It needs a connection of its own: one that is subscribed serves nothing else. */
export class RedisChangeSubscriber implements ChangeSubscriber {
  readonly #redis: Redis
  readonly #listeners = new Set<ChangeListener>()
  /** By shard. */
  readonly #followed = new Map<number, Followed>()
  #isConnected = false

  constructor(redis: Redis) {
    this.#redis = redis
    const pinging = setInterval(() => {
      if (this.#isConnected) redis.ping().catch(() => {})
    }, PING_INTERVAL_MS).unref()
    redis.on('end', () => clearInterval(pinging))
    redis.on('close', () => {
      this.#isConnected = false
      for (const followed of this.#followed.values()) followed.isListening = false
    })
    redis.on('ready', () => {
      this.#isConnected = true
      this.#listenTo(Array.from(this.#followed.keys()))
    })
    redis.on('message', (channel: string, message: string) => this.#received(channel, message))
  }

  subscribe(listener: ChangeListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  follow(video: VideoName): () => void {
    const shard = shardOf(video)
    const followed = this.#followed.get(shard) ?? { followers: 0, isListening: false }
    this.#followed.set(shard, followed)
    if (followed.followers++ === 0) this.#listenTo([shard])
    let isFollowing = true
    return () => {
      if (isFollowing && --followed.followers === 0) this.#leave(shard)
      isFollowing = false
    }
  }

  isListening(video: VideoName): boolean {
    return this.#followed.get(shardOf(video))?.isListening ?? false
  }

  /** What is published from the reply on arrives; what was before may have been missed. */
  async #listenTo(shards: readonly number[]): Promise<void> {
    if (!this.#isConnected || shards.length === 0) return
    const asked = new Map(shards.map((shard) => [shard, this.#followed.get(shard)]))
    try {
      await this.#redis.subscribe(...shards.map((shard) => CHANNEL + shard))
    } catch {
      return // the connection is lost again; there will be another
    }
    for (const [shard, followed] of asked) {
      if (followed !== undefined && this.#followed.get(shard) === followed) followed.isListening = true
    }
    this.#tell((listener) => listener.gap((video) => asked.has(shardOf(video))))
  }

  #leave(shard: number): void {
    this.#followed.delete(shard)
    if (this.#isConnected) this.#redis.unsubscribe(CHANNEL + shard).catch(() => {})
  }

  #received(channel: string, message: string): void {
    const change = parseMessage(message)
    if (change === null) return
    const shard = Number(channel.slice(CHANNEL.length))
    if (change.series.length > 0) this.#tell((listener) => listener.changed(change))
    else this.#tell((listener) => listener.gap((video) => shardOf(video) === shard))
  }

  #tell(tell: (listener: ChangeListener) => void): void {
    for (const listener of this.#listeners) tell(listener)
  }
}

/** Null for a message that is not a notification. Without series, it is about all of the shard. */
function parseMessage(message: string): Change | null {
  try {
    const [asOfMs, ...texts] = JSON.parse(message) as [number, ...string[]]
    if (typeof asOfMs !== 'number') return null
    const series = texts.map(parseSeriesText).filter((one): one is Series => one !== null)
    return series.length < texts.length ? null : { series, asOfMs }
  } catch {
    return null
  }
}
