// What questions are answered from: the counts stitched with the rollups, behind a cache.
import type { Service } from '../../../lib/http/start-service.ts'
import { behindLogger } from '../../../lib/logging.ts'
import type { Backing } from '../../../stores/backing/backing.ts'
import type { CountReader } from '../../../stores/counts/counts.ts'
import type { RollupReader } from '../../../stores/counts/rollups.ts'
import type { QueryDeps } from '../deps.ts'
import { LastKnown } from '../kept/last-known.ts'
import { cacheMetrics, clockMetrics, countStale } from '../query-metrics.ts'
import { CACHE_SETTINGS, CachedReader } from './cached-reader.ts'
import { ClockWatch } from './clock-watch.ts'
import { PacedReader } from './paced-reader.ts'
import { bothVouched } from './rebuilt.ts'
import { StitchedReader } from './stitched-reader.ts'

export type AnswersBacking = Pick<Backing, 'audits' | 'kept' | 'isShared' | 'cache'> & {
  readonly counts: CountReader & Pick<Backing['counts'], 'checkpoints'>
  readonly rollups: RollupReader
}

/** How far the counts, and what is made of them, have come. */
export type HowFar = Pick<QueryDeps, 'progress' | 'coverage' | 'vouched' | 'importing'>

export type Answers = HowFar &
  Pick<QueryDeps, 'counts' | 'kept' | 'checkpoints' | 'audits' | 'lastKnown'> & {
    /** The counts past the cache: sees every row that is stored. */
    readonly recent: CountReader
    /** To be called where no other process answers, when what was closed has changed. */
    readonly forgetAll: () => void
    /** Says when the clock is put back, whether or not anybody asks, until aborted. */
    readonly followClock: (signal: AbortSignal) => Promise<void>
  }

/** Where nobody else changes what is closed, and there is one clock. */
const ALONE = { localTtlMs: CACHE_SETTINGS.closedTtlMs, skewMs: 0, clockIntervalMs: 1_000 }
/** The skew is as the batch layer has it. */
const SHARED = { localTtlMs: CACHE_SETTINGS.localTtlMs, skewMs: 120_000, clockIntervalMs: 250 }

/** `horizonMs`: how old an event may be, by log time, and still change an answer. */
export function answersFrom(
  { counts, rollups, audits, kept: keptAt, isShared, cache: shared }: AnswersBacking,
  { registry, clock, logger }: Pick<Service, 'registry' | 'clock' | 'logger'>,
  { progress, coverage, vouched, importing }: HowFar,
  horizonMs: number,
): Answers {
  const { localTtlMs, skewMs, clockIntervalMs } = isShared ? SHARED : ALONE
  const kept = () => keptAt(clock.nowMs(), coverage())
  const recent = new StitchedReader({ counts, rollups, coverage, kept })
  const cached = new CachedReader(
    { counts: recent, shared, clock, random: Math.random, progress, metrics: cacheMetrics(registry) },
    { ...CACHE_SETTINGS, horizonMs, localTtlMs },
  )
  const clockWatch = new ClockWatch({
    ...{ coverage, skewMs },
    nowMs: () => clock.nowMs(),
    asOfMs: () => progress().asOfMs,
    onBehind: behindLogger(logger),
  })
  clockMetrics(registry, clockWatch)
  const lastKnown = new LastKnown({ clock, shared, onStale: countStale(registry) })
  return {
    ...{ recent, progress, coverage, kept, audits, lastKnown },
    ...(importing && { importing }),
    counts: new PacedReader(cached),
    vouched: () => bothVouched(vouched?.() ?? null, clockWatch.look()),
    checkpoints: () => counts.checkpoints(),
    forgetAll: () => {
      cached.forgetAll()
      lastKnown.forgetAll()
    },
    followClock: (signal) => clockWatch.follow(clock, clockIntervalMs, signal),
  }
}
