// Counts as every process of the cluster that writes them uses them: what is stored is told, through Redis, to live
// answers and top lists. On a connection of its own, so that nothing else waits behind it.

import { systemClock } from '../../lib/system-clock.ts'
import { RedisChangePublisher } from '../changes/redis-changes.ts'
import { announcedCounts } from '../counts/announced-counts.ts'
import type { CountWriter } from '../counts/counts.ts'
import { CALL_LIMITS, RedisCalls } from '../redis/calls.ts'
import { openRedis } from '../redis/connection.ts'
import type { RedisSettings } from '../redis/redis-settings.ts'
import { RedisTopWriter, TOP_WRITER_LIMITS } from '../tops/redis-top-writer.ts'
import { toppedCounts } from '../tops/topped-counts.ts'

export type ToldCounts = {
  readonly counts: CountWriter
  /** To be called when nothing is written any more. */
  close(): Promise<void>
}

/** Nothing waits for news to go out, so it may take its time. */
const NEWS_CALL_LIMITS = { ...CALL_LIMITS, timeoutMs: 1_000 }

/** Without Redis the counts as they are. `aheadMs`: how far ahead of log time an event may be. */
export function toldCounts(
  counts: CountWriter,
  redisSettings: RedisSettings,
  name: string,
  aheadMs: number,
  asOfMs: () => number,
): ToldCounts {
  if (redisSettings === null) return { counts, close: async () => {} }
  const redis = openRedis({ ...redisSettings, name })
  const calls = new RedisCalls(redis, systemClock, NEWS_CALL_LIMITS)
  const tops = new RedisTopWriter(calls, systemClock, { ...TOP_WRITER_LIMITS, aheadMs })
  const news = new RedisChangePublisher(calls, systemClock)
  return {
    counts: announcedCounts(toppedCounts(counts, tops), news, asOfMs),
    async close() {
      await tops.close()
      redis.disconnect()
    },
  }
}
