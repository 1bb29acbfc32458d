// What moves, in the standalone process: live counts, top lists, who watches, and how many different viewers there
// were.
import { join } from 'node:path'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import { systemClock } from '../../lib/system-clock.ts'
import { minuteOf } from '../../model/bucket.ts'
import { MemoryChanges } from '../../stores/changes/memory-changes.ts'
import { announcedCounts } from '../../stores/counts/announced-counts.ts'
import type { CountWriter } from '../../stores/counts/counts.ts'
import type { EmbeddedCounts } from '../../stores/counts/embedded/embedded-counts.ts'
import type { MarkState } from '../../stores/disk/write-mark.ts'
import { MemoryTops } from '../../stores/tops/memory-tops.ts'
import { toppedCounts } from '../../stores/tops/topped-counts.ts'
import { TOP_RETENTION_MINUTES } from '../../stores/tops/tops.ts'
import { openEmbeddedUniques } from '../../stores/uniques/embedded-uniques.ts'
import type { Uniques } from '../../stores/uniques/uniques.ts'
import { MemoryViewers } from '../../stores/viewers/memory-viewers.ts'
import type { QueryDeps } from '../query/deps.ts'
import { LiveCounts, type LiveCountsDeps } from '../query/live/live-counts.ts'
import type { LiveLimits } from '../query/live/live-limits.ts'
import { liveMetrics } from '../query/live/live-metrics.ts'
import { registerLive } from '../query/live/live-route.ts'
import { registerTops } from '../query/tops/top-route.ts'
import { registerUniques } from '../query/uniques.ts'
import { registerViewers } from '../query/viewers.ts'

export type Moving = {
  /** The counts for whoever writes them: what is stored is told. */
  readonly counts: CountWriter
  readonly uniques: Uniques
  /** What the mark said of the sketches of viewers. */
  readonly uniquesState: MarkState
  register(
    app: FastifyInstance,
    registry: Registry,
    queries: QueryDeps & Pick<LiveCountsDeps, 'recent'>,
    limits: LiveLimits,
  ): void
  /** Before the counts are closed. */
  stop(): Promise<void>
}

/** `asOfMs`: up to when everything that the log took is stored, epoch ms. */
export async function openMoving(
  counts: EmbeddedCounts,
  dataDirectory: string,
  logger: FastifyBaseLogger,
  asOfMs: () => number,
): Promise<Moving> {
  const clock = systemClock
  const uniques = await openEmbeddedUniques({ directory: join(dataDirectory, 'uniques') })
  const changes = new MemoryChanges()
  const tops = new MemoryTops(clock)
  const stopping = new AbortController()
  const filling = tops
    .fill(counts.rowsFrom(minuteOf(clock.nowMs()) - TOP_RETENTION_MINUTES), stopping.signal)
    .catch((err) => logger.error({ err }, 'top lists are not whole'))
  return {
    counts: announcedCounts(toppedCounts(counts, tops), changes, asOfMs),
    uniques,
    uniquesState: uniques.state,
    register(app, registry, queries, limits) {
      const { counts: past, keys, lastKnown, rate } = queries
      const metrics = liveMetrics(registry)
      const viewers = new MemoryViewers(clock)
      const live = new LiveCounts({ ...queries, past, changes, viewers, metrics })
      registerLive(app, { counts: live, keys, limits, rate, metrics })
      registerViewers(app, { viewers, keys, clock, rate })
      registerTops(app, { ...queries, tops })
      registerUniques(app, { uniques, keys, clock, lastKnown, rate })
    },
    async stop() {
      stopping.abort()
      await filling
      await uniques.close()
    },
  }
}
