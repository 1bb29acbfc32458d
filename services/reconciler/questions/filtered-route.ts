// GET /v1/videos/{videoId}/stats, and the same of a channel and of the whole site, where `where` names attributes of
// events: here is the archive.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { readerOf, readingOf } from '../../../lib/http/keys/caller.ts'
import type { Shown } from '../../../lib/http/keys/share-links.ts'
import type { Parameters, RawParameters } from '../../../lib/http/parameters.ts'
import { sendAnswer } from '../../query/answer/send-answer.ts'
import { statsTable, totalTable } from '../../query/answer/tables.ts'
import { misdirected } from '../../query/answered-elsewhere.ts'
import { checkChannelId, videosOfChannel } from '../../query/channel-route.ts'
import type { AnswerStats } from '../../query/deps.ts'
import { withVideo } from '../../query/known-video.ts'
import type { QueryMetrics } from '../../query/query-metrics.ts'
import { measuredBy } from '../../query/query-routes.ts'
import { filteredCost, REQUEST_COST } from '../../query/question/question-cost.ts'
import { checkVideoId, filteredQuestion } from '../../query/question/questions.ts'
import { CHANNEL_VIDEOS_MAX } from '../../query/question/vocabulary.ts'
import { isFiltered } from '../../query/question/where.ts'
import type { ArchiveQueryRouteDeps } from './archive-query-route.ts'
import { getFilteredTotal } from './filtered-total.ts'

type Query = { Querystring: RawParameters }
type Request = FastifyRequest<Query>
type Check = (parameters: Parameters) => void

/** Answers with the total of a video or a channel. */
export function answerFiltered(deps: ArchiveQueryRouteDeps): AnswerStats {
  const { videos, rate, clock } = deps
  return async (request, reply, about) => {
    if ('videoId' in about) {
      const { videoId } = about
      const check: Check = (parameters) => checkVideoId(videoId, parameters)
      const { tenant, ask } = taken(deps, request, about, check)
      const answer = ask([videoId]).then((total) => ({ videoId, ...total }))
      return sendAnswer(
        request,
        reply,
        await withVideo({ videos, clock }, tenant, videoId, answer),
        statsTable,
      )
    }
    const { channelId } = about
    const { tenant, ask } = taken(deps, request, about, (parameters) => checkChannelId(channelId, parameters))
    const videoIds = await videosOfChannel(videos, tenant, channelId, CHANNEL_VIDEOS_MAX)
    rate.charge(request, tenant, videoIds.length)
    const answer = { channelId, ...(await ask(videoIds)) }
    return sendAnswer(request, reply, answer, (total) => totalTable({ channelId }, total))
  }
}

/** Answers with the total of the whole site. */
export async function answerFilteredSite(
  deps: ArchiveQueryRouteDeps,
  request: Request,
  reply: FastifyReply,
): Promise<string> {
  const answer = await taken(deps, request, null, () => {}).ask(null)
  return sendAnswer(request, reply, answer, (total) => totalTable({}, total))
}

/** For a process that answers no other questions of a video or a channel. */
export function registerFiltered(
  app: FastifyInstance,
  deps: ArchiveQueryRouteDeps & { readonly metrics: QueryMetrics },
): void {
  const measured = measuredBy(deps.metrics)
  const filtered = answerFiltered(deps)
  const answer = async (request: Request, reply: FastifyReply, about: Shown) => {
    if (isFiltered(request.query)) return filtered(request, reply, about)
    deps.rate.take(request, readerOf(request, deps.keys, about), REQUEST_COST)
    throw misdirected('Questions without attributes of events are answered by the query service.')
  }
  app.get<Query & { Params: { videoId: string } }>('/v1/videos/:videoId/stats', measured, (request, reply) =>
    answer(request, reply, { videoId: request.params.videoId }),
  )
  app.get<Query & { Params: { channelId: string } }>(
    '/v1/channels/:channelId/stats',
    measured,
    (request, reply) => answer(request, reply, { channelId: request.params.channelId }),
  )
}

/** Reads the question, and takes its cost from the rate. It is about the given videos; null: all. */
function taken(deps: ArchiveQueryRouteDeps, request: Request, shown: Shown | null, check: Check) {
  const { breakdowns, dimensions, keys, rate, clock } = deps
  const { tenant, link } = readingOf(request, keys, shown)
  rate.take(request, tenant, REQUEST_COST)
  const question = filteredQuestion(request.query, dimensions, clock.nowMs(), check)
  rate.take(request, tenant, filteredCost(question))
  const ask = (videoIds: readonly string[] | null) => {
    const asked = { ...question, videoIds }
    return breakdowns.count(
      ['filtered', tenant, asked],
      (archived, signal) => getFilteredTotal(deps.asked, tenant, asked, archived, signal),
      link !== null,
    )
  }
  return { tenant, ask }
}
