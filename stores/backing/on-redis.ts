// What processes share through Redis, where there is one: everything works without it, slower or in each process by
// itself. What must not wait for anything else has a connection of its own.
import { randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { Opening } from '../../lib/opening.ts'
import type { SharedCache } from '../cache/cache.ts'
import { RedisCache } from '../cache/redis/redis-cache.ts'
import { NO_CHANGES } from '../changes/no-changes.ts'
import { RedisChangePublisher, RedisChangeSubscriber } from '../changes/redis-changes.ts'
import type { HintStore } from '../hints/hints.ts'
import { HINT_CALL_LIMITS, HINT_LIMITS, RedisHints } from '../hints/redis-hints.ts'
import type { ProgressTurns } from '../progress/progress-turns.ts'
import { RedisProgressTurns } from '../progress/redis-progress-turns.ts'
import { LocalRateLimit } from '../rate-limit/rate-limit.ts'
import { RedisRateLimit } from '../rate-limit/redis-rate-limit.ts'
import { OWN_RATES, type SharedRates } from '../rates/rates.ts'
import { RedisRates } from '../rates/redis-rates.ts'
import { CALL_LIMITS, RedisCalls } from '../redis/calls.ts'
import { openRedis, refuseWrongAccess } from '../redis/connection.ts'
import type { RedisSettings } from '../redis/redis-settings.ts'
import { NO_TOPS } from '../tops/no-tops.ts'
import { RedisTopWriter, TOP_WRITER_LIMITS } from '../tops/redis-top-writer.ts'
import { RedisTops, type RedisTopsDeps } from '../tops/redis-tops.ts'
import { topLimits } from '../tops/top-limits.ts'
import { MemoryViewers } from '../viewers/memory-viewers.ts'
import { RedisViewers } from '../viewers/redis-viewers.ts'
import type { News } from './announced-counts.ts'
import type { Backing } from './backing.ts'

type RedisOpening = Pick<Opening, 'name' | 'stack' | 'clock'>

/** Nothing waits for news to go out, so it may take its time. */
const NEWS_CALL_LIMITS = { ...CALL_LIMITS, timeoutMs: 1_000 }

/** `address` is for keys of pages alone. All in events per second; null: no limit. */
export type EventRates = Readonly<Record<'tenant' | 'key' | 'address', number | null>>

/** At the start, so that a wrong password or certificate does not go unnoticed until Redis is missed. */
export async function checkRedis(settings: RedisSettings): Promise<void> {
  if (settings !== null) await refuseWrongAccess(settings)
}

/** Shares over all partitioners. */
export function openRateLimits(
  opening: RedisOpening,
  settings: RedisSettings,
  rates: EventRates,
): Pick<Backing, 'rateLimit' | 'senderLimits'> {
  const calls = openCalls(opening, settings)
  const open = (rate: number | null, prefix: string) => {
    const local = new LocalRateLimit(rate, opening.clock)
    return calls === null || rate === null ? local : new RedisRateLimit(calls, rate, local, prefix)
  }
  return {
    rateLimit: open(rates.tenant, 'tally:rate'),
    senderLimits: {
      key: open(rates.key, 'tally:rate-key'),
      address: open(rates.address, 'tally:rate-address'),
    },
  }
}

/** For partitioners. */
export function openRates(opening: RedisOpening, settings: RedisSettings): SharedRates {
  const calls = openCalls(opening, settings, '-rates')
  return calls === null ? OWN_RATES : new RedisRates(calls, opening.clock, randomUUID())
}

/** `windowMs`: what the blocks must cover. */
export function openHints(
  opening: RedisOpening,
  settings: RedisSettings,
  windowMs: number,
): HintStore | null {
  const calls = openCalls(opening, settings, '', HINT_CALL_LIMITS)
  return calls === null ? null : new RedisHints(calls, { ...HINT_LIMITS, windowMs })
}

export function openCache(opening: RedisOpening, settings: RedisSettings): SharedCache | null {
  const calls = openCalls(opening, settings)
  return calls === null ? null : new RedisCache(calls)
}

/** For processes that answer from the same: `scope` names that. Null: each looks for itself. */
export function openProgressTurns(
  opening: RedisOpening,
  settings: RedisSettings,
  scope: string,
  turnMs: number,
): ProgressTurns | null {
  const calls = openCalls(opening, settings, '-progress')
  return calls && new RedisProgressTurns(calls, { scope, process: randomUUID(), turnMs })
}

/** For who writes counts. `aheadMs`: how far ahead of log time an event may be; `bytesMax`: what top lists may take. */
export function openNews(
  opening: RedisOpening,
  settings: RedisSettings,
  { aheadMs, bytesMax }: { readonly aheadMs: number; readonly bytesMax: number },
): News | null {
  const { stack, clock } = opening
  const calls = openCalls(opening, settings, '-news', NEWS_CALL_LIMITS)
  if (calls === null) return null
  const topSettings = { ...TOP_WRITER_LIMITS, aheadMs, limits: topLimits(bytesMax) }
  const writer = new RedisTopWriter(calls, clock, topSettings)
  stack.defer(() => writer.close())
  return { tops: writer, changes: new RedisChangePublisher(calls, clock) }
}

/** For who answers. `aheadMs`: as of openNews. */
export function openRealtime(
  opening: RedisOpening,
  settings: RedisSettings,
  { checkpoints, aheadMs }: Pick<RedisTopsDeps, 'checkpoints' | 'aheadMs'>,
): Pick<Backing, 'tops' | 'viewers' | 'changes'> {
  const { clock } = opening
  const calls = openCalls(opening, settings, '-lists')
  const listening = connect(opening, settings, '-news')
  return {
    tops: calls === null ? NO_TOPS : new RedisTops({ calls, checkpoints, aheadMs }),
    viewers: calls === null ? new MemoryViewers(clock) : new RedisViewers(calls, clock),
    changes: listening === null ? NO_CHANGES : new RedisChangeSubscriber(listening),
  }
}

function openCalls(
  opening: RedisOpening,
  settings: RedisSettings,
  suffix = '',
  limits = CALL_LIMITS,
): RedisCalls | null {
  const redis = connect(opening, settings, suffix)
  return redis === null ? null : new RedisCalls(redis, opening.clock, limits)
}

function connect({ name, stack }: RedisOpening, settings: RedisSettings, suffix: string): Redis | null {
  if (settings === null) return null
  const redis = openRedis({ ...settings, name: name + suffix })
  stack.defer(() => redis.disconnect())
  return redis
}
