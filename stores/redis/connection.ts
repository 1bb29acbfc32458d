// A connection to Redis for work that may fail: nothing waits for it, nothing is sent twice, and no fault of
// it ends the process. It reconnects for ever.
import { Redis } from 'ioredis'
import { Fault } from '../../lib/fault.ts'
import { inTime } from '../../lib/in-time.ts'
import { tlsFault } from '../../lib/tls-fault.ts'
import type { RedisAccess } from './redis-settings.ts'

export type RedisTarget = RedisAccess & {
  /** Names the connection in Redis's own list of clients. */
  readonly name: string
  /**
   * Called when the connection is made or lost, once per change, with a reason that holds no secret.
   */
  readonly onChange?: (isUp: boolean, reason: string) => void
}

const CONNECT_TIMEOUT_MS = 2_000
/** A reply that takes longer means that the connection is dead: it is closed, and all waiting calls fail. */
const SILENCE_MAX_MS = 3_000
/** The time for a connection to close in order; the process does not end before. */
const GOODBYE_MAX_MS = 100
const CLOSED = 'the connection was closed'
const RECONNECT_FIRST_MS = 50
const RECONNECT_LONGEST_MS = 2_000

/** Returns at once; until Redis is reached every call is rejected. Close it with `disconnect()`. */
export function openRedis({ url, name, onChange, ...access }: RedisTarget): Redis {
  const redis = new Redis(url, {
    ...access,
    connectionName: name,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_MAX_MS,
    disconnectTimeout: GOODBYE_MAX_MS,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    disableClientInfo: true,
    reconnectOnError: hasBecomeReplica,
    retryStrategy: reconnectDelayMs,
  })
  watch(redis, onChange ?? (() => {}))
  return redis
}

/**
 * Fails with a Fault if Redis answers that it does not let us in, or is not the one that it should be. Where it does
 * not answer nothing is said: everything works without it.
 */
export async function refuseWrongAccess(access: RedisAccess): Promise<void> {
  const { promise: answered, resolve } = Promise.withResolvers<unknown>()
  const { url, ...options } = access
  const redis = new Redis(url, { ...options, connectTimeout: CONNECT_TIMEOUT_MS, retryStrategy: () => null })
  redis.once('ready', () => resolve(null)).on('error', resolve)
  const late = () => new Error('no answer')
  const error = await inTime(answered, 2 * CONNECT_TIMEOUT_MS, late).catch(() => null)
  redis.disconnect()
  const why = tlsFault(error) ?? (isRefused(error) ? error.message : null)
  if (why !== null) throw new Fault(`Redis at ${redisAddress(url)} cannot be used: ${why}`)
}

/** Error codes of Redis about who may do what. */
function isRefused(error: unknown): error is Error {
  return error instanceof Error && /^(WRONGPASS|NOAUTH|NOPERM|ERR AUTH)\b/.test(error.message)
}

/** The host and port of a URL, without its secrets. */
export function redisAddress(url: string): string {
  const { protocol, hostname, port } = new URL(url)
  return `${protocol}//${hostname}:${port || '6379'}`
}

/**
 * The wait doubles with each attempt; without jitter, because each Redis serves few processes.
 */
export function reconnectDelayMs(attempt: number): number {
  return Math.min(RECONNECT_FIRST_MS * 2 ** (attempt - 1), RECONNECT_LONGEST_MS)
}

/** On these errors it reconnects, because the address may now lead to another master. */
function hasBecomeReplica(error: Error): boolean {
  return error.message.startsWith('READONLY')
}

/** An error of the client can carry the failed command, and so a password: only its message is passed on. */
function watch(redis: Redis, onChange: (isUp: boolean, reason: string) => void): void {
  let isUp: boolean | null = null
  const change = (now: boolean, reason: string) => {
    if (isUp !== now) onChange(now, reason)
    isUp = now
  }
  let reason = CLOSED
  redis.on('ready', () => {
    reason = CLOSED
    change(true, 'connected')
  })
  redis.on('error', (error: Error) => {
    reason = error.message
  })
  redis.on('close', () => change(false, reason))
}
