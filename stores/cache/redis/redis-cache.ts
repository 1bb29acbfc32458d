// The shared cache in Redis. A value is stored after the mark that it was written under, and is read together with
// its group's mark in one round trip.
import { randomUUID } from 'node:crypto'
import { hasChecksum, stampChecksum } from '../../disk/checked-value.ts'
import type { RedisCalls } from '../../redis/calls.ts'
import { RedisScript } from '../../redis/script.ts'
import type { Kept, SharedCache } from '../cache.ts'

const PREFIX = 'tally:cache'
/** A mark that is not read for this long expires, and the group's values with it. */
const MARK_TTL_MS = 24 * 3_600_000
const CHECKSUM_BYTES = 4
/** No answer waits for it, and one that fails has to be repeated with all that it is part of. */
const INVALIDATE_TIMEOUT_MS = 1_000

const READ = new RedisScript(`
local mark = redis.call('GET', KEYS[1])
if not mark then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return {ARGV[1], false}
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local entry = redis.call('GET', KEYS[2])
if entry and string.sub(entry, 1, #mark) == mark then
  return {mark, string.sub(entry, #mark + 1)}
end
return {mark, false}
`)

export class RedisCache implements SharedCache {
  readonly #calls: RedisCalls

  constructor(calls: RedisCalls) {
    this.#calls = calls
  }

  async read(group: string, key: string): Promise<Kept> {
    const entry = entryKey(group, key)
    const reply = await this.#calls.run((redis) =>
      READ.run(redis, [markKey(group), entry], [randomUUID(), MARK_TTL_MS]),
    )
    const [mark, value] = reply as [Buffer, Buffer | null]
    const intact = value !== null && hasChecksum(entry, value)
    return { mark: mark.toString(), value: intact ? value.subarray(CHECKSUM_BYTES) : null }
  }

  async write(group: string, key: string, mark: string, value: Uint8Array, ttlMs: number): Promise<void> {
    const entry = entryKey(group, key)
    const checked = Buffer.concat([Buffer.alloc(CHECKSUM_BYTES), value])
    stampChecksum(entry, checked)
    const marked = Buffer.concat([Buffer.from(mark), checked])
    await this.#calls.run((redis) => redis.set(entry, marked, 'PX', ttlMs))
  }

  async invalidate(group: string): Promise<void> {
    await this.#calls.run((redis) => redis.del(markKey(group)), INVALIDATE_TIMEOUT_MS)
  }
}

/** The braces keep a group in one slot of a cluster. */
function markKey(group: string): string {
  return `${PREFIX}:{${group}}`
}

function entryKey(group: string, key: string): string {
  return `${PREFIX}:{${group}}:${key}`
}
