// The dependencies of the query routes.

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../../lib/clock.ts'
import type { Keys } from '../../lib/http/keys/key-ring.ts'
import type { Shown } from '../../lib/http/keys/share-links.ts'
import type { RawParameters } from '../../lib/http/parameters.ts'
import type { QueryRate } from '../../lib/http/query-rate.ts'
import type { Traces } from '../../lib/traces.ts'
import type { Coverage } from '../../model/coverage.ts'
import type { Kept } from '../../model/retention.ts'
import type { Checkpoint, CountReader } from '../../stores/counts/counts.ts'
import type { Journal } from '../../stores/counts/journal.ts'
import type { RollupReader } from '../../stores/counts/rollups.ts'
import type { Reached } from '../../stores/log/progress.ts'
import type { VideoReader } from '../../stores/videos/videos.ts'
import type { LastKnown } from './kept/last-known.ts'
import type { QueryMetrics } from './query-metrics.ts'
import type { MinuteRange } from './question/vocabulary.ts'

export type Vouched = { readonly fromMinute: number; readonly toMs: number }

/** What a number is answered from. */
export type CountDeps = {
  readonly counts: CountReader
  /** How far the counts have come; without `sureToMs` nothing acknowledged can wait outside the log. */
  readonly progress: () => Pick<Reached, 'asOfMs'> & Partial<Reached>
  /**
   * Answers over ranges that begin before `fromMinute` or end after `toMs` (epoch ms) are not complete, whatever the
   * progress says. Left out, or null: no restriction.
   */
  readonly vouched?: () => Vouched | null
  /** Minutes of imported events that are not counted yet. Left out, or null: there are none. */
  readonly importing?: () => MinuteRange | null
  /** What the batch layer has recounted; null before its first run. */
  readonly coverage: () => Coverage | null
  /** How fine the stored periods of the past are. */
  readonly kept: () => Kept
}

/** Answers a question of many videos with the text to send. */
export type AnswerQuery = (request: FastifyRequest, reply: FastifyReply) => Promise<string>

/** Answers a question for one number about a video or a channel with the text to send. */
export type AnswerStats = (
  request: FastifyRequest<{ Querystring: RawParameters }>,
  reply: FastifyReply,
  about: Shown,
) => Promise<string>

/** What is answered by attributes of events, which the counts do not know. */
export type FromArchive = { readonly query: AnswerQuery; readonly stats: AnswerStats }

export type QueryDeps = CountDeps & {
  readonly clock: Clock
  readonly keys: Keys
  /** The latest checkpoint of every source. */
  readonly checkpoints: () => Promise<ReadonlyMap<string, Checkpoint>>
  readonly audits: {
    readonly rollups: Pick<RollupReader, 'readHours' | 'readReconciled'>
    readonly journal: Pick<Journal, 'latest'>
  }
  readonly rate: QueryRate
  /** Answers when the store of counts does not. */
  readonly lastKnown: LastKnown
  /** Metadata of videos for the answers; left out if there is none. */
  readonly videos?: Pick<VideoReader, 'find'>
  readonly metrics: QueryMetrics
  readonly traces?: Pick<Traces, 'note'>
  /** Left out where another service answers such questions. */
  readonly fromArchive?: FromArchive
}
