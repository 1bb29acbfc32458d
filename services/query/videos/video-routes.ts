// The routes that set the metadata of videos and find videos by it. See the API description for their contract.
import type { FastifyInstance } from 'fastify'
import { takesJson } from '../../../lib/http/json-body.ts'
import { readerOf, tenantOf } from '../../../lib/http/keys/caller.ts'
import type { Keys } from '../../../lib/http/keys/key-ring.ts'
import { needsKey } from '../../../lib/http/keys/needs-key.ts'
import { countTo, Parameters, type RawParameters } from '../../../lib/http/parameters.ts'
import { awayAs, ProblemError } from '../../../lib/http/problem.ts'
import type { QueryRate } from '../../../lib/http/query-rate.ts'
import { isName, NAME_RULE } from '../../../model/names.ts'
import { isPlainText, plainTextRule } from '../../../model/plain-text.ts'
import { type Place, parsePlace, placeText } from '../../../stores/videos/search-place.ts'
import type { FoundVideo, VideoReader, VideoWriter } from '../../../stores/videos/videos.ts'
import { BULK_VIDEO_COST, REQUEST_COST, SEARCH_COST, VIDEO_CHANGE_COST } from '../question/question-cost.ts'
import {
  isFaulty,
  parseNamedVideo,
  parseVideo,
  VIDEO_LIMITS,
  type VideoFault,
  videoFields,
} from './video-form.ts'

export type VideoRoutesDeps = {
  readonly videos: VideoReader & VideoWriter
  readonly keys: Keys
  readonly rate: QueryRate
}

export const SEARCH_PARAMETERS = ['search', 'channel', 'limit', 'cursor'] as const
export const SEARCH_LIMITS = { limitMax: 100, limitDefault: 20, searchCharsMax: 128 } as const

/** Channels that a search names. */
export const CHANNELS_FOUND_MAX = 10

type VideoRoute = { Params: { videoId: string }; Body: unknown }

const CURSOR_RULE = 'the nextCursor of an answer to the same search'
const CHANNEL_RULE = plainTextRule(1, VIDEO_LIMITS.channelCharsMax)
const SEARCH_RULE = `text of at most ${SEARCH_LIMITS.searchCharsMax} characters, without control characters`

const refuseAway = awayAs('videos-unavailable')

export function registerVideos(app: FastifyInstance, { videos, keys, rate }: VideoRoutesDeps): void {
  app.put<VideoRoute>('/v1/videos/:videoId', { onRequest: takesJson(keys, 'manage') }, async (request) => {
    const tenant = tenantOf(request, keys, 'manage')
    rate.take(request, tenant, VIDEO_CHANGE_COST)
    const videoId = checkedId(request.params.videoId)
    const video = parseVideo(request.body)
    if (isFaulty(video)) throw invalid(video)
    await videos.put(tenant, videoId, video).catch(refuseAway)
    return { videoId, ...videoFields(video) }
  })

  const many = { onRequest: takesJson(keys, 'manage'), bodyLimit: VIDEO_LIMITS.bodyBytesMax }
  app.post<VideoRoute>('/v1/videos', many, async (request, reply) => {
    const tenant = tenantOf(request, keys, 'manage')
    const { taken, rejected } = manyVideos(request.body)
    rate.take(request, tenant, Math.max(REQUEST_COST, taken.length * BULK_VIDEO_COST))
    await videos.putAll(tenant, taken).catch(refuseAway)
    return reply.code(taken.length > 0 ? 200 : 422).send({ stored: taken.length, rejected })
  })

  app.get<VideoRoute>('/v1/videos/:videoId', async (request) => {
    const tenant = readerOf(request, keys, request.params)
    rate.take(request, tenant, REQUEST_COST)
    const videoId = checkedId(request.params.videoId)
    const video = await videos.find(tenant, videoId).catch(refuseAway)
    if (video !== null) return { videoId, ...videoFields(video) }
    throw new ProblemError({ type: 'not-found', detail: 'This video has no metadata, only counts.' })
  })

  const managed = { onRequest: needsKey(keys, 'manage') }
  app.delete<VideoRoute>('/v1/videos/:videoId', managed, async (request, reply) => {
    const tenant = tenantOf(request, keys, 'manage')
    rate.take(request, tenant, VIDEO_CHANGE_COST)
    await videos.remove(tenant, checkedId(request.params.videoId)).catch(refuseAway)
    return reply.code(204).send()
  })

  app.get<{ Querystring: RawParameters }>('/v1/videos', async (request) => {
    const tenant = tenantOf(request, keys, 'read')
    rate.take(request, tenant, SEARCH_COST)
    const { search, channel, limit, after } = searchQuestion(request.query)
    const [found, channels] = await Promise.all([
      channel === null
        ? videos.search(tenant, search, limit, after)
        : videos.searchChannel(tenant, channel, search, limit, after),
      channel === null && after === null ? videos.channels(tenant, search, CHANNELS_FOUND_MAX) : [],
    ]).catch(refuseAway)
    return {
      videos: found.videos.map(({ videoId, video }) => ({ videoId, ...videoFields(video) })),
      ...(channels.length > 0 && { channels: channels.map((channelId) => ({ channelId })) }),
      ...(found.next !== null && { nextCursor: placeText(found.next) }),
    }
  })
}

type RejectedVideo = { readonly index: number; readonly errors: readonly VideoFault[] }

/** A bad one never fails its neighbours. */
function manyVideos(body: unknown): { taken: FoundVideo[]; rejected: RejectedVideo[] } {
  const items = Array.isArray(body) ? body : (body as { videos?: unknown } | null)?.videos
  const { videosMax } = VIDEO_LIMITS
  if (!Array.isArray(items) || items.length === 0 || items.length > videosMax) {
    const detail = `The body must be {"videos": […]} or an array, of 1 to ${videosMax} videos.`
    throw invalid([{ parameter: 'body', code: 'invalid_parameter', detail }])
  }
  const taken: FoundVideo[] = []
  const rejected: RejectedVideo[] = []
  for (const [index, item] of items.entries()) {
    const video = parseNamedVideo(item)
    if (isFaulty(video)) rejected.push({ index, errors: video })
    else taken.push(video)
  }
  return { taken, rejected }
}

function searchQuestion(raw: RawParameters) {
  const { limitMax, limitDefault } = SEARCH_LIMITS
  const parameters = new Parameters(raw, SEARCH_PARAMETERS)
  const search = parameters.optional('search', SEARCH_RULE, searchText) ?? ''
  const limit =
    parameters.optional('limit', `a whole number from 1 to ${limitMax}`, countTo(limitMax)) ?? limitDefault
  const channel = parameters.optional('channel', CHANNEL_RULE, channelName) ?? null
  const inChannel = raw.channel !== undefined
  const after = parameters.optional('cursor', CURSOR_RULE, (text) => placeOf(text, inChannel)) ?? null
  parameters.check()
  return { search, channel, limit, after }
}

function channelName(text: string): string | null {
  return isPlainText(text, VIDEO_LIMITS.channelCharsMax) ? text : null
}

/** Videos of a channel are in the order of their ids alone. */
function placeOf(text: string, inChannel: boolean): Place | null {
  const place = parsePlace(text)
  return inChannel && place?.stage !== 'id' ? null : place
}

function searchText(text: string): string | null {
  return text === '' || isPlainText(text, SEARCH_LIMITS.searchCharsMax) ? text : null
}

function checkedId(videoId: string): string {
  if (isName(videoId)) return videoId
  const detail = `videoId must be ${NAME_RULE}.`
  throw invalid([{ parameter: 'videoId', code: 'invalid_parameter', detail }])
}

function invalid(errors: readonly VideoFault[]): ProblemError {
  return new ProblemError({
    type: 'invalid-request',
    detail: errors.map(({ detail }) => detail).join(' '),
    errors,
  })
}
