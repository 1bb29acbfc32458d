// The change feed over Redis: publish and subscribe on one channel. Notifications wait a moment, so that a series
// that changes often is published once.
import type { Redis } from 'ioredis'
import type { Clock } from '../../lib/clock.ts'
import type { Series } from '../../model/bucket.ts'
import { parseSeriesText, seriesText } from '../../model/series-text.ts'
import type { RedisCalls } from '../redis/calls.ts'
import type { Change, ChangeListener, ChangePublisher, ChangeSubscriber } from './changes.ts'

const CHANNEL = 'tally:changes'
const LINGER_MS = 50
/** Series that wait to be published; beyond this, notifications are dropped. */
const WAITING_SERIES_MAX = 100_000
const MESSAGE_SERIES_MAX = 1_000
/**
 * Notifications may be rare, so an answer to this ping shows that the connection is alive. A silent one is closed.
 */
const PING_INTERVAL_MS = 1_000

export class RedisChangePublisher implements ChangePublisher {
  readonly #calls: RedisCalls
  readonly #clock: Clock
  readonly #onDropped: (series: number) => void
  #waiting = new Set<string>()
  #asOfMs = Number.NEGATIVE_INFINITY
  #isSending = false

  constructor(calls: RedisCalls, clock: Clock, onDropped: (series: number) => void = () => {}) {
    this.#calls = calls
    this.#clock = clock
    this.#onDropped = onDropped
  }

  publish({ series, asOfMs }: Change): void {
    const texts = series.map(seriesText)
    const room = texts.slice(0, WAITING_SERIES_MAX - this.#waiting.size)
    for (const text of room) this.#waiting.add(text)
    if (room.length < texts.length) this.#onDropped(texts.length - room.length)
    this.#asOfMs = Math.max(this.#asOfMs, asOfMs)
    if (!this.#isSending) this.#sendAll()
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true
    while (this.#waiting.size > 0) {
      await this.#clock.sleep(LINGER_MS)
      const series = [...this.#waiting]
      this.#waiting = new Set()
      for (let at = 0; at < series.length; at += MESSAGE_SERIES_MAX) {
        await this.#send(series.slice(at, at + MESSAGE_SERIES_MAX))
      }
    }
    this.#isSending = false
  }

  async #send(series: readonly string[]): Promise<void> {
    const message = JSON.stringify([this.#asOfMs, ...series])
    await this.#calls
      .run((redis) => redis.publish(CHANNEL, message))
      .catch(() => this.#onDropped(series.length))
  }
}

/** It needs a connection of its own: one that is subscribed serves nothing else. */
export class RedisChangeSubscriber implements ChangeSubscriber {
  readonly #listeners = new Set<ChangeListener>()
  #isListening = false

  constructor(redis: Redis) {
    const pinging = setInterval(() => {
      if (this.#isListening) redis.ping().catch(() => {})
    }, PING_INTERVAL_MS).unref()
    redis.on('end', () => clearInterval(pinging))
    redis.on('close', () => {
      this.#isListening = false
    })
    redis.on('ready', () => {
      redis.subscribe(CHANNEL).then(
        () => {
          this.#isListening = true
          this.#tell((listener) => listener.gap())
        },
        () => {}, // the connection is lost again; there will be another
      )
    })
    redis.on('message', (_channel: string, message: string) => {
      const change = parseMessage(message)
      if (change !== null) this.#tell((listener) => listener.changed(change))
    })
  }

  subscribe(listener: ChangeListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  isListening(): boolean {
    return this.#isListening
  }

  #tell(tell: (listener: ChangeListener) => void): void {
    for (const listener of this.#listeners) tell(listener)
  }
}

/** Null for a message that is not a notification. */
function parseMessage(message: string): Change | null {
  try {
    const [asOfMs, ...texts] = JSON.parse(message) as [number, ...string[]]
    const series = texts.map(parseSeriesText).filter((one): one is Series => one !== null)
    return { series, asOfMs }
  } catch {
    return null
  }
}
