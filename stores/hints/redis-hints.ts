// Hint blocks in Redis: one stream per source, ordered by where the blocks end. Redis itself bounds the stream. A
// block that ends before an existing one is refused: another owner has already written those offsets.

import { MINUTE_MS } from '../../model/bucket.ts'
import { CALL_LIMITS, CacheError, type CallLimits, type RedisCalls } from '../redis/calls.ts'
import { RedisScript } from '../redis/script.ts'
import { decodeHintBlock, encodeHintBlock } from './hint-block.ts'
import type { HintBlock, HintStore } from './hints.ts'

export type HintLimits = {
  /** How long a block is useful: the time that a new owner must know, by log time. */
  readonly windowMs: number
  readonly blockBytesMax: number
  /** Approximate memory for the blocks of one source in Redis; beyond it, the oldest are dropped. */
  readonly sourceBytesMax: number
  readonly putTimeoutMs: number
  /** The deadline for one page of blocks. */
  readonly readTimeoutMs: number
}

/** The window covers the default horizon, the difference of clocks and a minute for the takeover. */
export const HINT_LIMITS: HintLimits = {
  windowMs: 15 * MINUTE_MS,
  blockBytesMax: 2 << 20,
  sourceBytesMax: 128 << 20,
  putTimeoutMs: 50,
  readTimeoutMs: 1_000,
}

/** Blocks are large, so fewer of these calls may be in flight. */
export const HINT_CALL_LIMITS: CallLimits = { ...CALL_LIMITS, inFlightMax: 64 }

const PREFIX = 'tally:hints'
const PAGE_BLOCKS = 32
/** The most blocks that one put drops, so that it never blocks Redis for long. */
const DROPS_MAX = 16

const PUT = new RedisScript(`
local added = redis.pcall('XADD', KEYS[1], ARGV[1], 'at', ARGV[2], 'block', ARGV[3])
if type(added) == 'table' and added.err then
  if string.find(added.err, 'equal or smaller', 1, true) then return 0 end
  return added
end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
local oldest_useful = tonumber(ARGV[2]) - tonumber(ARGV[4])
for _ = 1, ${DROPS_MAX} do
  local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
  if not first then break end
  local too_old = (tonumber(first[2][2]) or 0) < oldest_useful
  if not too_old and redis.call('MEMORY', 'USAGE', KEYS[1]) <= tonumber(ARGV[5]) then break end
  redis.call('XDEL', KEYS[1], first[1])
end
return 1
`)

/** The index of a block among the names and values of its entry. */
const BLOCK_FIELD = 3
const NO_BYTES = new Uint8Array(0)

type StreamEntry = readonly [id: Buffer, fields: readonly Buffer[]]

export class RedisHints implements HintStore {
  readonly #calls: RedisCalls
  readonly #limits: HintLimits

  constructor(calls: RedisCalls, limits: HintLimits = HINT_LIMITS) {
    this.#calls = calls
    this.#limits = limits
  }

  async put(sourceId: string, block: HintBlock): Promise<void> {
    const { windowMs, blockBytesMax, sourceBytesMax, putTimeoutMs } = this.#limits
    await this.#calls.run(async (redis) => {
      const bytes = encodeHintBlock(sourceId, block)
      if (bytes.length > blockBytesMax) throw new CacheError('refused', `a block of ${bytes.length} bytes`)
      const args = [`${block.to}-0`, block.logTimeMs, bytes, windowMs, sourceBytesMax]
      await PUT.run(redis, [streamKey(sourceId)], args)
    }, putTimeoutMs)
  }

  /** Reads pages until the end or, if Redis fails half-way, up to there. */
  async read(sourceId: string, from: number, to: number): Promise<readonly HintBlock[]> {
    const blocks: HintBlock[] = []
    let start: string | null = `${from + 1}-0`
    while (start !== null) {
      const page: readonly StreamEntry[] = await this.#page(sourceId, start).catch(() => [])
      for (const [, fields] of page) {
        const block = decodeHintBlock(sourceId, fields[BLOCK_FIELD] ?? NO_BYTES)
        if (block !== null && block.to > from && block.from < to) blocks.push(block)
      }
      start = nextStart(page, to)
    }
    return blocks.sort((a, b) => a.from - b.from)
  }

  async #page(sourceId: string, start: string): Promise<readonly StreamEntry[]> {
    return this.#calls.run(
      (redis) => redis.xrangeBuffer(streamKey(sourceId), start, '+', 'COUNT', PAGE_BLOCKS),
      this.#limits.readTimeoutMs,
    )
  }
}

function streamKey(sourceId: string): string {
  return `${PREFIX}:${sourceId}`
}

/** The position after the page's last entry; null if there is nothing more to read. */
function nextStart(page: readonly StreamEntry[], to: number): string | null {
  const last = page.at(-1)
  if (last === undefined || page.length < PAGE_BLOCKS) return null
  const id = last[0].toString()
  return Number.parseInt(id, 10) >= to ? null : `(${id}`
}
