// GET /v1/videos/{videoId}/breakdown, and the same of a channel and of the whole site, beside the answers of the query
// service: here is the archive.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../../../lib/clock.ts'
import { readingOf } from '../../../lib/http/keys/caller.ts'
import type { Keys } from '../../../lib/http/keys/key-ring.ts'
import type { Shown } from '../../../lib/http/keys/share-links.ts'
import type { Parameters, RawParameters } from '../../../lib/http/parameters.ts'
import type { QueryRate } from '../../../lib/http/query-rate.ts'
import type { Cell, Table } from '../../../lib/table.ts'
import { SECOND_MS } from '../../../model/bucket.ts'
import type { VideoReader } from '../../../stores/videos/videos.ts'
import { sendAnswer } from '../../query/answer/send-answer.ts'
import { metaCells, metaColumns, otherCells, otherColumns } from '../../query/answer/tables.ts'
import { checkChannelId, videosOfChannel } from '../../query/channel-route.ts'
import { withVideos } from '../../query/known-video.ts'
import { BREAKDOWN_COST, REQUEST_COST } from '../../query/question/question-cost.ts'
import { checkVideoId } from '../../query/question/questions.ts'
import { CHANNEL_VIDEOS_MAX } from '../../query/question/vocabulary.ts'
import type { BreakdownAnswer, BreakdownRow } from './breakdown.ts'
import type { BreakdownMetrics } from './breakdown-metrics.ts'
import { type AskedBreakdown, BY_VIDEO, breakdownQuestion } from './breakdown-question.ts'
import type { Breakdowns } from './breakdowns.ts'

export type BreakdownRouteDeps = {
  readonly breakdowns: Breakdowns
  /** The attributes that may be asked for. */
  readonly dimensions: readonly string[]
  readonly videos: Pick<VideoReader, 'channelVideos' | 'find'>
  readonly keys: Keys
  readonly rate: QueryRate
  readonly clock: Clock
  readonly metrics: BreakdownMetrics
}

type Route<Params> = { Params: Params; Querystring: RawParameters }
type Request = FastifyRequest<{ Querystring: RawParameters }>
type Subject = Pick<AskedBreakdown, 'about' | 'videoIds'>

export function registerBreakdown(app: FastifyInstance, deps: BreakdownRouteDeps): void {
  const { breakdowns, dimensions, videos, keys, rate, clock, metrics } = deps
  const measured = {
    onResponse: async (_: FastifyRequest, { statusCode, elapsedTime }: FastifyReply) =>
      metrics.answered(statusCode, elapsedTime / SECOND_MS),
  }
  const answer = async (
    request: Request,
    reply: FastifyReply,
    shown: Shown | null,
    subjectOf: (tenant: string) => Subject | Promise<Subject>,
    check?: (parameters: Parameters) => void,
  ) => {
    const { tenant, link } = readingOf(request, keys, shown)
    rate.take(request, tenant, REQUEST_COST)
    // A link shows a video or the sum of a channel, and no names of videos.
    const rowsOf = isOfSeveral(shown) && link === null ? [...dimensions, BY_VIDEO] : dimensions
    const question = breakdownQuestion(request.query, rowsOf, dimensions, clock.nowMs(), check)
    rate.take(request, tenant, BREAKDOWN_COST)
    const asked = { ...(await subjectOf(tenant)), ...question }
    const found = await breakdowns.ask(tenant, asked, link !== null)
    const rows = question.by === BY_VIDEO ? await withTitles(deps, tenant, found.rows) : found.rows
    return sendAnswer(request, reply, { ...found, rows, dimensions }, breakdownTable)
  }

  app.get<Route<{ videoId: string }>>('/v1/videos/:videoId/breakdown', measured, (request, reply) => {
    const { videoId } = request.params
    const subject = { about: { videoId }, videoIds: [videoId] }
    return answer(
      request,
      reply,
      { videoId },
      () => subject,
      (parameters) => checkVideoId(videoId, parameters),
    )
  })

  app.get<Route<{ channelId: string }>>('/v1/channels/:channelId/breakdown', measured, (request, reply) => {
    const { channelId } = request.params
    const subjectOf = async (tenant: string) => {
      const videoIds = await videosOfChannel(videos, tenant, channelId, CHANNEL_VIDEOS_MAX)
      rate.charge(request, tenant, videoIds.length)
      return { about: { channelId }, videoIds }
    }
    return answer(request, reply, { channelId }, subjectOf, (parameters) =>
      checkChannelId(channelId, parameters),
    )
  })

  app.get<Route<object>>('/v1/site/breakdown', measured, (request, reply) =>
    answer(request, reply, null, () => ({ about: {}, videoIds: null })),
  )
}

function isOfSeveral(shown: Shown | null): boolean {
  return shown === null || 'channelId' in shown
}

/** All but the row of the rest get what is known of their videos. */
async function withTitles(deps: BreakdownRouteDeps, tenant: string, rows: readonly BreakdownRow[]) {
  const videos = rows.filter(({ isOther }) => isOther !== true)
  const named = videos.map((row) => ({ ...row, videoId: String(row[BY_VIDEO]) }))
  const rest = rows.slice(videos.length)
  return [...(await withVideos(deps, tenant, named)), ...rest]
}

/** One row per row. */
export function breakdownTable({ rows, meta, ...answer }: BreakdownAnswer): Table {
  const { videoId, channelId, eventType, function: fn, by, startTime, endTime } = answer
  const subject = videoId === undefined ? { channelId } : { videoId }
  const about = Object.entries({ ...subject, eventType, function: fn, startTime, endTime }).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  )
  const marks = otherColumns(rows)
  return {
    columns: [...about.map(([name]) => name), by, ...marks, 'value', ...metaColumns(meta)],
    rows: rows.map((row): Cell[] => {
      const cells = [row[by], ...otherCells(row, marks), row.value ?? null] as Cell[]
      return [...about.map(([, value]) => value), ...cells, ...metaCells(meta)]
    }),
  }
}
