// Top lists in Redis, shared by all processes.
import type { Redis } from 'ioredis'
import { MINUTES_PER_HOUR } from '../../model/bucket.ts'
import { BATCH_SOURCE, type CountRow } from '../counts/counts.ts'
import type { RedisCalls } from '../redis/calls.ts'
import type { ScriptArgument } from '../redis/script.ts'
import { BYTES_KEY, FOLDING_KEY, groupsKey, indexKey, KEY_TTL_MS, listKey } from './redis-top-keys.ts'
import {
  DROP_HOUR,
  DROP_KEYS,
  LOSE_BEFORE,
  REPLACE_LISTS,
  WRITE_CORRECTIONS,
  WRITE_TOTALS,
} from './redis-top-scripts.ts'
import type { TopLimits } from './top-limits.ts'
import { EMPTY_LIST, listOf, type TopList } from './top-list.ts'
import { decodeList, encodeList } from './top-list-bytes.ts'
import { hourOf, openList, parseName, type TopIndex, type TopLists } from './top-lists.ts'

export type TopRow = Pick<CountRow['total'], 'count' | 'upTo'>

const CALL_TIMEOUT_MS = 2_000
/** Keys that one step drops. */
const KEYS_A_STEP_MAX = 256
/** Lists that one round trip reads: Redis holds the replies in its memory until they are sent, some MB of them. */
const LISTS_A_CALL_MAX = 8
const ROWS_A_CALL_MAX = 1_000
const FLOOR_NAME = ''

export class RedisTopLists implements TopLists {
  readonly #calls: RedisCalls

  constructor(calls: RedisCalls) {
    this.#calls = calls
  }

  /** Rows of one source and minute, by video. */
  async write(
    sourceId: string,
    group: string,
    minute: number,
    rows: ReadonlyMap<string, TopRow>,
    limits: TopLimits,
  ): Promise<void> {
    const isBatch = sourceId === BATCH_SOURCE
    const hour = hourOf(minute)
    const name = openList(minute, sourceId)
    const keys = [BYTES_KEY, listKey(group, hour, name), indexKey(group, hour), groupsKey(hour)]
    const entries = [...rows]
    for (let at = 0; at < entries.length; at += ROWS_A_CALL_MAX) {
      const args: ScriptArgument[] = [hour, minute, group, name, KEY_TTL_MS, limits.bytesMax]
      args.push(isBatch ? limits.correctionsMax : limits.openVideosMax)
      for (const [videoId, { count, upTo }] of entries.slice(at, at + ROWS_A_CALL_MAX)) {
        if (isBatch) args.push(upTo)
        args.push(count, videoId)
      }
      await this.#run((redis) => (isBatch ? WRITE_CORRECTIONS : WRITE_TOTALS).run(redis, keys, args))
    }
  }

  /** Whether nobody else makes room now. Only saves work: two that do so at once change nothing twice. */
  async claim(forMs: number): Promise<boolean> {
    return (await this.#run((redis) => redis.set(FOLDING_KEY, '1', 'PX', forMs, 'NX'))) !== null
  }

  async bytes(): Promise<number> {
    return Number((await this.#run((redis) => redis.hget(BYTES_KEY, 'all'))) ?? 0)
  }

  async hours(): Promise<readonly number[]> {
    const fields = await this.#run((redis) => redis.hkeys(BYTES_KEY))
    return fields
      .filter((field) => /^\d+$/.test(field))
      .map(Number)
      .sort((a, b) => a - b)
  }

  async groups(hour: number): Promise<readonly string[]> {
    return this.#run((redis) => redis.smembers(groupsKey(hour)))
  }

  async index(group: string, hour: number): Promise<TopIndex> {
    const held = await this.#run((redis) => redis.hgetall(indexKey(group, hour)))
    return new Map(Object.entries(held).map(([name, version]) => [name, Number(version)]))
  }

  async load(group: string, hour: number, names: readonly string[]): Promise<readonly (TopList | null)[]> {
    const lists: (TopList | null)[] = []
    for (let at = 0; at < names.length; at += LISTS_A_CALL_MAX) {
      const some = names.slice(at, at + LISTS_A_CALL_MAX)
      const replies = await this.#run((redis) => {
        const pipeline = redis.pipeline()
        for (const name of some) {
          const { kind } = parseName(name)
          const key = listKey(group, hour, name)
          if (kind === 'open') pipeline.zrange(key, '0', '-1', 'WITHSCORES')
          else if (kind === 'corrections') pipeline.hgetall(key)
          else pipeline.getBuffer(key)
        }
        return pipeline.exec()
      })
      for (const [i, [error, reply]] of (replies ?? []).entries()) {
        if (error !== null) throw error
        lists.push(LISTS[parseName(some[i]!).kind](reply))
      }
    }
    return lists
  }

  async replace(group: string, hour: number, old: TopIndex, name: string, list: TopList): Promise<boolean> {
    const others = [...old.keys()].filter((one) => one !== name).map((one) => listKey(group, hour, one))
    const keys = [BYTES_KEY, indexKey(group, hour), listKey(group, hour, name), ...others]
    const args = [hour, KEY_TTL_MS, name, encodeList(list), ...[...old].flat()]
    return (await this.#run((redis) => REPLACE_LISTS.run(redis, keys, args))) === 1
  }

  /** What is lost is said to be before any of it goes: whoever reads meanwhile, or after a drop half-way, must know. */
  async drop(hour: number, isLost: boolean): Promise<void> {
    const lostBefore = hour + MINUTES_PER_HOUR
    if (isLost) await this.#run((redis) => LOSE_BEFORE.run(redis, [BYTES_KEY], [lostBefore]))
    for (const group of await this.groups(hour)) {
      const names = [...(await this.index(group, hour)).keys()]
      const keys = [...names.map((name) => listKey(group, hour, name)), indexKey(group, hour)]
      await this.#dropKeys(hour, keys)
    }
    await this.#dropKeys(hour, [groupsKey(hour)])
    await this.#run((redis) => DROP_HOUR.run(redis, [BYTES_KEY], [hour]))
  }

  async lostBefore(): Promise<number> {
    return Number((await this.#run((redis) => redis.hget(BYTES_KEY, 'lost'))) ?? 0)
  }

  async #dropKeys(hour: number, keys: readonly string[]): Promise<void> {
    for (let at = 0; at < keys.length; at += KEYS_A_STEP_MAX) {
      const some = [BYTES_KEY, ...keys.slice(at, at + KEYS_A_STEP_MAX)]
      await this.#run((redis) => DROP_KEYS.run(redis, some, [hour]))
    }
  }

  #run<T>(call: (redis: Redis) => Promise<T>): Promise<T> {
    return this.#calls.run(call, CALL_TIMEOUT_MS)
  }
}

/** From the reply of Redis; null if nothing is there. */
const LISTS = {
  open(reply: unknown): TopList | null {
    const flat = reply as readonly string[]
    const counts = new Map<string, number>()
    for (let i = 0; i < flat.length; i += 2) counts.set(flat[i]!, Number(flat[i + 1]))
    const floor = counts.get(FLOOR_NAME) ?? 0
    counts.delete(FLOOR_NAME)
    return flat.length === 0 ? null : listOf(counts, floor)
  },
  corrections(reply: unknown): TopList | null {
    const { [FLOOR_NAME]: widened = '0 0', ...held } = reply as Record<string, string>
    const [up, down] = widened.split(' ').map(Number)
    const entries = Object.entries(held)
    const counts = new Map(entries.map(([id, text]) => [id, Number(text.slice(text.indexOf(' ') + 1))]))
    return entries.length === 0 ? null : { ...EMPTY_LIST, counts, floor: up!, excess: down! }
  },
  closed(reply: unknown): TopList | null {
    return reply === null ? null : decodeList(reply as Buffer)
  },
}
