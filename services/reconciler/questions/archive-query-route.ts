// POST and QUERY /v1/query where only the archive knows the answer: here it is.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Clock } from '../../../lib/clock.ts'
import { tenantOf } from '../../../lib/http/keys/caller.ts'
import type { Keys } from '../../../lib/http/keys/key-ring.ts'
import type { QueryRate } from '../../../lib/http/query-rate.ts'
import type { VideoReader } from '../../../stores/videos/videos.ts'
import { misdirected } from '../../query/answered-elsewhere.ts'
import { videosOfChannel } from '../../query/channel-route.ts'
import type { AnswerQuery } from '../../query/deps.ts'
import type { QueryMetrics } from '../../query/query-metrics.ts'
import { registerQuery, sendQueryAnswer } from '../../query/query-routes.ts'
import { needsArchive, type QueryAbout, queryQuestion } from '../../query/question/query-question.ts'
import { archiveQueryCost, REQUEST_COST } from '../../query/question/question-cost.ts'
import { CHANNEL_VIDEOS_MAX } from '../../query/question/vocabulary.ts'
import { type ArchiveQueryDeps, getArchiveQuery } from './archive-query.ts'
import type { Breakdowns } from './breakdowns.ts'

export type ArchiveQueryRouteDeps = {
  readonly breakdowns: Pick<Breakdowns, 'count'>
  readonly asked: ArchiveQueryDeps
  readonly videos: Pick<VideoReader, 'find' | 'channelVideos'>
  /** The attributes that may be asked for. */
  readonly dimensions: readonly string[]
  readonly keys: Keys
  readonly rate: QueryRate
  readonly clock: Clock
}

export function answerFromArchive(deps: ArchiveQueryRouteDeps): AnswerQuery {
  const { breakdowns, asked, dimensions, keys, rate, clock } = deps
  return async (request, reply) => {
    const tenant = tenantOf(request, keys, 'read')
    rate.take(request, tenant, REQUEST_COST)
    const question = queryQuestion(request.body, clock.nowMs(), dimensions)
    rate.take(request, tenant, archiveQueryCost(question))
    const videoIds = await videosOf(deps, request, tenant, question.about)
    const ofVideos = { ...question, videoIds }
    const answer = await breakdowns.count(['query', tenant, ofVideos], (archived, signal) =>
      getArchiveQuery(asked, tenant, ofVideos, archived, signal),
    )
    return sendQueryAnswer(request, reply, answer, question)
  }
}

/** Null: all of the tenant. */
async function videosOf(
  { videos, rate }: ArchiveQueryRouteDeps,
  request: FastifyRequest,
  tenant: string,
  about: QueryAbout,
): Promise<readonly string[] | null> {
  if ('videoIds' in about) return about.videoIds
  if ('site' in about) return null
  const videoIds = await videosOfChannel(videos, tenant, about.channelId, CHANNEL_VIDEOS_MAX)
  rate.charge(request, tenant, videoIds.length)
  return videoIds
}

/** For a process that answers no other questions of many videos. */
export function registerArchiveQuery(
  app: FastifyInstance,
  deps: ArchiveQueryRouteDeps & { readonly metrics: QueryMetrics },
): void {
  const answer = answerFromArchive(deps)
  registerQuery(app, deps, async (request, reply) => {
    if (needsArchive(request.body)) return answer(request, reply)
    deps.rate.take(request, tenantOf(request, deps.keys, 'read'), REQUEST_COST)
    throw misdirected('Questions about named videos without attributes are answered by the query service.')
  })
}
