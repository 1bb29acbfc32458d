// A Lua script that Redis runs as one step. Its text is sent only if Redis does not know it, as after a restart.
import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'

export type ScriptArgument = string | number | Uint8Array

export class RedisScript {
  readonly #lua: string
  readonly #sha1: string

  constructor(lua: string) {
    this.#lua = lua
    this.#sha1 = createHash('sha1').update(lua).digest('hex')
  }

  /** The reply, with texts as Buffers. */
  async run(redis: Redis, keys: readonly string[], args: readonly ScriptArgument[]): Promise<unknown> {
    const rest = [keys.length, ...keys, ...args.map(toArgument)]
    try {
      return await redis.callBuffer('EVALSHA', [this.#sha1, ...rest])
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
      return redis.callBuffer('EVAL', [this.#lua, ...rest])
    }
  }
}

function toArgument(value: ScriptArgument): string | number | Buffer {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value
}
