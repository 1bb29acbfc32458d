// How many different viewers the videos of a channel had together in some hours: an estimate. The sketches of all of
// them are joined for each question, so there is a bound to how many.
import type { FastifyInstance } from 'fastify'
import { tenantOf } from '../../lib/http/keys/caller.ts'
import { invalidRequest, type Parameters, type RawParameters } from '../../lib/http/parameters.ts'
import { coverOf } from '../../stores/uniques/periods.ts'
import type { VideoReader } from '../../stores/videos/videos.ts'
import { checkChannelId, videosOfChannel } from './channel-route.ts'
import { knownRangeQuestion } from './question/known-question.ts'
import { UNIQUES_COST } from './question/question-cost.ts'
import type { MinuteRange } from './question/vocabulary.ts'
import { getUniques, hoursAsked, type UniquesDeps } from './uniques-route.ts'

export type ChannelUniquesDeps = UniquesDeps & { readonly videos: Pick<VideoReader, 'channelVideos'> }

/** Days and hours of all videos: each is up to 4 KiB to read and to join. */
export const CHANNEL_SKETCHES_MAX = 4_000

type ChannelRoute = { Params: { channelId: string }; Querystring: RawParameters }

export function registerChannelUniques(app: FastifyInstance, deps: ChannelUniquesDeps): void {
  const { keys, clock, rate, lastKnown, videos } = deps
  app.get<ChannelRoute>('/v1/channels/:channelId/uniques', async (request, reply) => {
    const tenant = tenantOf(request, keys, 'read')
    const { channelId } = request.params
    rate.take(request, tenant, UNIQUES_COST)
    const nowMs = clock.nowMs()
    const check = (parameters: Parameters) => checkChannelId(channelId, parameters)
    const { asked, range } = hoursAsked(request.query, nowMs, check)
    const charge = (read: number) => rate.charge(request, tenant, read)
    const videoIds = await videosOfChannel(videos, tenant, channelId, CHANNEL_SKETCHES_MAX, charge)
    rate.charge(request, tenant, sketchesOf(videoIds, range))
    const about = ['uniques', tenant, { channelId }]
    const known = knownRangeQuestion(`channel ${tenant}`, about, asked, nowMs)
    reply.header('cache-control', 'no-store')
    return lastKnown.ask(known, async () => ({
      channelId,
      ...(await getUniques(deps, tenant, videoIds, range)),
    }))
  })
}

/** How many are read. Fails with ProblemError `invalid-request` if they are too many. */
function sketchesOf(videoIds: readonly string[], { from, to }: MinuteRange): number {
  const periods = coverOf(from, to).length
  const sketches = videoIds.length * periods
  if (sketches <= CHANNEL_SKETCHES_MAX) return sketches
  const detail =
    `The channel has ${videoIds.length} videos, and the range ${periods} days and hours: their product may be at ` +
    `most ${CHANNEL_SKETCHES_MAX}. Ask for less time, or for whole days of UTC.`
  throw invalidRequest([{ parameter: 'startTime', code: 'range_too_long', detail }])
}
