// Reads the counts of all videos by minute from Redis. The records in Redis are compared with the checkpoints, so
// that missing or delayed rows are noticed.
import type { Redis } from 'ioredis'
import { MINUTE_MS } from '../../model/bucket.ts'
import { BATCH_SOURCE, type Checkpoint } from '../counts/counts.ts'
import type { RedisCalls } from '../redis/calls.ts'
import {
  correctionsKey,
  groupOf,
  parseRecord,
  SOURCES_KEY,
  type SourceRecord,
  totalsKey,
  versionsKey,
} from './redis-top-keys.ts'
import { TopUnion, type VideoCounts } from './top-union.ts'
import type { TopCounts, TopReader } from './tops.ts'

export type RedisTopsDeps = {
  readonly calls: RedisCalls
  /** The latest checkpoint of every source. */
  readonly checkpoints: () => Promise<ReadonlyMap<string, Checkpoint>>
  /** How far ahead of log time an event may be. */
  readonly aheadMs: number
}

/** Keys that one round trip reads. */
const KEYS_A_CALL_MAX = 512
const CALL_TIMEOUT_MS = 2_000
const BOUNDS_MAX = 50_000

type Records = ReadonlyMap<string, SourceRecord>

export class RedisTops implements TopReader {
  readonly #deps: RedisTopsDeps
  readonly #union: TopUnion
  /** "<group>\t<minute>" → the most that a dropped video may have had. */
  #bounds = new Map<string, number>()
  #sources: readonly string[] = []

  constructor(deps: RedisTopsDeps) {
    this.#deps = deps
    this.#union = new TopUnion({
      versions: (group, from, to) => this.#versions(group, from, to),
      load: (group, minutes) => this.#load(group, minutes),
    })
  }

  /** Fails with a CacheError, or with what `checkpoints` fails with. */
  async read(tenant: string, type: string, from: number, to: number): Promise<TopCounts> {
    const checkpoints = await this.#deps.checkpoints()
    const records = await this.#records()
    this.#sources = [...records.keys()]
    const union = await this.#union.read(groupOf(tenant, type), from, to)
    // Redis may lose data during the read without a trace: so the records of the sources must still be the same
    // afterwards.
    const asOfMs = asOfOf(checkpoints, await this.#records(), from * MINUTE_MS - this.#deps.aheadMs, from)
    return { ...union, asOfMs }
  }

  async #records(): Promise<Records> {
    const held = await this.#run((redis) => redis.hgetall(SOURCES_KEY))
    const records = Object.entries(held).map(([sourceId, text]) => [sourceId, parseRecord(text)] as const)
    return new Map(records.filter((entry): entry is [string, SourceRecord] => entry[1] !== null))
  }

  async #versions(group: string, from: number, to: number): Promise<Map<number, number>> {
    const keys = new Set<string>()
    for (let minute = from; minute < to; minute++) keys.add(versionsKey(group, minute))
    const versions = new Map<number, number>()
    if (this.#bounds.size > BOUNDS_MAX) this.#bounds = new Map()
    for (const key of keys) {
      const held = await this.#run((redis) => redis.hgetall(key))
      for (const [field, value] of Object.entries(held)) {
        const minute = Number.parseInt(field, 10)
        if (minute < from || minute >= to) continue
        if (field.endsWith('b')) this.#bounds.set(`${group}\t${minute}`, Number(value))
        else versions.set(minute, Number(value))
      }
    }
    return versions
  }

  async #load(group: string, minutes: readonly number[]): Promise<VideoCounts[]> {
    const sums = minutes.map(() => new Map<string, number>())
    const keys = minutes.flatMap((minute, at) => [
      ...this.#sources.map((sourceId) => ({ at, key: totalsKey(group, minute, sourceId), isBatch: false })),
      { at, key: correctionsKey(group, minute), isBatch: true },
    ])
    for (let i = 0; i < keys.length; i += KEYS_A_CALL_MAX) {
      const some = keys.slice(i, i + KEYS_A_CALL_MAX)
      const replies = await this.#run((redis) => {
        const pipeline = redis.pipeline()
        for (const { key, isBatch } of some) {
          if (isBatch) pipeline.hgetall(key)
          else pipeline.zrange(key, '0', '-1', 'WITHSCORES')
        }
        return pipeline.exec()
      })
      for (const [k, [error, reply]] of (replies ?? []).entries()) {
        if (error !== null) throw error
        const { at, isBatch } = some[k]!
        addAll(sums[at]!, isBatch ? corrections(reply) : totals(reply))
      }
    }
    return sums.map((counts, at) => {
      const bound = (this.#bounds.get(`${group}\t${minutes[at]}`) ?? 0) * this.#sources.length
      return { counts, bound }
    })
  }

  #run<T>(call: (redis: Redis) => Promise<T>): Promise<T> {
    return this.#deps.calls.run(call, CALL_TIMEOUT_MS)
  }
}

/** Null if rows of the window may be lost. */
function asOfOf(
  checkpoints: ReadonlyMap<string, Checkpoint>,
  records: Records,
  endedBeforeMs: number,
  from: number,
): number | null {
  let asOfMs = Number.POSITIVE_INFINITY
  for (const [sourceId, { offset, logTimeMs }] of checkpoints) {
    if (sourceId === BATCH_SOURCE || logTimeMs < endedBeforeMs) continue // it has nothing in the window
    const record = records.get(sourceId)
    if (record === undefined || record.since > from) return null
    if (record.through < offset) asOfMs = Math.min(asOfMs, record.logTimeMs - 1)
  }
  return asOfMs
}

function* totals(reply: unknown): Generator<[string, number]> {
  const flat = reply as readonly string[]
  for (let i = 0; i < flat.length; i += 2) yield [flat[i]!, Number(flat[i + 1])]
}

function* corrections(reply: unknown): Generator<[string, number]> {
  for (const [videoId, text] of Object.entries(reply as Record<string, string>)) {
    yield [videoId, Number(text.slice(text.indexOf(' ') + 1))]
  }
}

function addAll(sums: Map<string, number>, counts: Iterable<[string, number]>): void {
  for (const [videoId, count] of counts) sums.set(videoId, (sums.get(videoId) ?? 0) + count)
}
