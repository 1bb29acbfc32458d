// Reads the counts of all videos by minute from Redis. The records in Redis are compared with the checkpoints, so
// that missing or delayed rows are noticed.
import type { Redis } from 'ioredis'
import { MINUTE_MS } from '../../model/bucket.ts'
import { BATCH_SOURCE, type Checkpoint } from '../counts/counts.ts'
import type { RedisCalls } from '../redis/calls.ts'
import { parseRecord, SOURCES_KEY, type SourceRecord } from './redis-top-keys.ts'
import { RedisTopLists } from './redis-top-lists.ts'
import { topGroup } from './top-lists.ts'
import { TopUnion } from './top-union.ts'
import type { TopCounts, TopReader } from './tops.ts'

export type RedisTopsDeps = {
  readonly calls: RedisCalls
  /** The latest checkpoint of every source. */
  readonly checkpoints: () => Promise<ReadonlyMap<string, Checkpoint>>
  /** How far ahead of log time an event may be. */
  readonly aheadMs: number
}

const CALL_TIMEOUT_MS = 2_000

type Records = ReadonlyMap<string, SourceRecord>

export class RedisTops implements TopReader {
  readonly #deps: RedisTopsDeps
  readonly #lists: RedisTopLists
  readonly #union: TopUnion

  constructor(deps: RedisTopsDeps) {
    this.#deps = deps
    this.#lists = new RedisTopLists(deps.calls)
    this.#union = new TopUnion(this.#lists)
  }

  /** Fails with a CacheError, or with what `checkpoints` fails with. */
  async read(tenant: string, type: string, from: number, to: number): Promise<TopCounts> {
    const checkpoints = await this.#deps.checkpoints()
    const before = await this.#records()
    const { list, isWhole } = await this.#union.read(topGroup(tenant, type), from, to)
    // Redis may lose data during the read without a trace: so what tells of a loss is read afterwards, too.
    const hasAll = isWhole && from >= (await this.#lists.lostBefore())
    const records = joined(before, await this.#records())
    const asOfMs = asOfOf(checkpoints, records, from * MINUTE_MS - this.#deps.aheadMs, from)
    const { counts, slacks, floor: bound } = list
    return { counts, slacks, bound, asOfMs: hasAll ? asOfMs : null }
  }

  async #records(): Promise<Records> {
    const held = await this.#run((redis) => redis.hgetall(SOURCES_KEY))
    const records = Object.entries(held).map(([sourceId, text]) => [sourceId, parseRecord(text)] as const)
    return new Map(records.filter((entry): entry is [string, SourceRecord] => entry[1] !== null))
  }

  #run<T>(call: (redis: Redis) => Promise<T>): Promise<T> {
    return this.#deps.calls.run(call, CALL_TIMEOUT_MS)
  }
}

/** How far the rows went before the lists were read, and since when all are there, also afterwards. */
function joined(before: Records, after: Records): Records {
  const both = new Map<string, SourceRecord>()
  for (const [sourceId, { since }] of after) {
    const record = before.get(sourceId)
    if (record !== undefined) both.set(sourceId, { ...record, since: Math.max(since, record.since) })
  }
  return both
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
