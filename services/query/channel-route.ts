// GET /v1/channels/{channelId}/stats: one number about all videos whose metadata names the channel.
import type { FastifyInstance } from 'fastify'
import {
  invalidRequest,
  type Parameters,
  type QueryFault,
  type RawParameters,
} from '../../lib/http/parameters.ts'
import { awayAs } from '../../lib/http/problem.ts'
import type { VideoReader } from '../../stores/videos/videos.ts'
import { sendAnswer } from './answer/send-answer.ts'
import { totalTable } from './answer/tables.ts'
import { answeredElsewhere } from './answered-elsewhere.ts'
import { getChannelStats } from './channel-stats.ts'
import type { QueryDeps } from './deps.ts'
import { CHANNEL_RULE, parseChannelId } from './question/channel.ts'
import { statsCost } from './question/question-cost.ts'
import { totalQuestion } from './question/questions.ts'
import { CHANNEL_READ_MAX } from './question/vocabulary.ts'
import { isFiltered } from './question/where.ts'
import { QuestionsOverRanges } from './questions-over-ranges.ts'

export type ChannelRouteDeps = Omit<QueryDeps, 'videos'> & { readonly videos: ChannelReader }

type ChannelReader = Pick<VideoReader, 'channelVideos'>

const refuseAway = awayAs('videos-unavailable')

type ChannelRoute = { Params: { channelId: string }; Querystring: RawParameters }

export function registerChannels(app: FastifyInstance, { videos, ...deps }: ChannelRouteDeps): void {
  const questions = new QuestionsOverRanges(deps)
  const { stats: statsFromArchive } = deps.fromArchive ?? answeredElsewhere(deps)
  app.get<ChannelRoute>('/v1/channels/:channelId/stats', async (request, reply) => {
    const { channelId } = request.params
    if (isFiltered(request.query)) return statsFromArchive(request, reply, { channelId })
    const read = (nowMs: number) => {
      const question = totalQuestion(request.query, nowMs)
      const fault = channelFault(channelId)
      if (fault !== null) throw invalidRequest([fault])
      return question
    }
    const { question, ...asked } = questions.take(request, { channelId }, read, statsCost)
    const { tenant } = asked
    const charge = (read: number) => deps.rate.charge(request, tenant, read)
    const videoIds = await videosOfChannel(videos, tenant, channelId, CHANNEL_READ_MAX, charge)
    deps.rate.charge(request, tenant, statsCost(question) * videoIds.length)
    const { range: _, ...about } = question
    const answer = await questions.answer(
      { ...asked, question: { ...question, channelId, videoIds } },
      { group: `channel ${tenant}`, about: ['channel', tenant, channelId, about] },
      getChannelStats,
    )
    return sendAnswer(request, reply, answer, (total) => totalTable({ channelId }, total))
  })
}

/** Notes what is wrong with it. */
export function checkChannelId(channelId: string, parameters: Parameters): void {
  const fault = channelFault(channelId)
  if (fault !== null) parameters.fault(fault)
}

function channelFault(channelId: string): QueryFault | null {
  if (parseChannelId(channelId) !== null) return null
  const detail = `channelId must be ${CHANNEL_RULE}.`
  return { parameter: 'channelId', code: 'invalid_parameter', detail }
}

/**
 * The ids, in order. Fails with ProblemError: `invalid-request` if there are too many, `videos-unavailable`.
 * @param charge called with how many were read in vain
 */
export async function videosOfChannel(
  videos: ChannelReader,
  tenant: string,
  channelId: string,
  videosMax: number,
  charge: (read: number) => void = () => {},
): Promise<readonly string[]> {
  const videoIds = await videos.channelVideos(tenant, channelId, videosMax + 1).catch(refuseAway)
  if (videoIds.length <= videosMax) return videoIds
  charge(videoIds.length)
  const detail = `channelId has more than ${videosMax} videos, which is the most that are counted together.`
  throw invalidRequest([{ parameter: 'channelId', code: 'too_large', detail }])
}
