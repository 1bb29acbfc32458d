// How many viewers watch a video, or any, at this moment: players send a heartbeat every few seconds.
// Best effort: a heartbeat that cannot be recorded is dropped, because the next one follows soon.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../../lib/clock.ts'
import { checkJson } from '../../lib/http/json-body.ts'
import { tenantOf } from '../../lib/http/keys/caller.ts'
import type { Keys } from '../../lib/http/keys/key-ring.ts'
import { answerPreflights, letPageRead, senderOf } from '../../lib/http/keys/page-senders.ts'
import { invalidRequest, Parameters, type QueryFault, type RawParameters } from '../../lib/http/parameters.ts'
import { ProblemError } from '../../lib/http/problem.ts'
import type { QueryRate } from '../../lib/http/query-rate.ts'
import { instantText } from '../../lib/time-text.ts'
import { UNIQUES_ERROR } from '../../model/hyper-log-log.ts'
import { isName, NAME_RULE } from '../../model/names.ts'
import { VIEWER_POINT_MS, VIEWER_POINTS, type Viewers } from '../../stores/viewers/viewers.ts'
import { HEARTBEAT_COST, REQUEST_COST } from './question/question-cost.ts'
import { checkVideoId } from './question/questions.ts'

export type ViewersDeps = {
  readonly viewers: Viewers
  readonly keys: Keys
  readonly clock: Pick<Clock, 'nowMs'>
  readonly rate: QueryRate
}

type SiteViewersAnswer = {
  readonly viewers: number
  readonly asOf: string
  /** Viewers with a heartbeat within this time count. */
  readonly windowSeconds: number
  readonly exact: false
  /** The relative standard error. */
  readonly error: number
}
type ViewersAnswer = SiteViewersAnswer & { readonly videoId: string }

type VideoRoute = { Params: { videoId: string }; Querystring: RawParameters }

const HEARTBEAT_BYTES_MAX = 2_048

export function registerViewers(app: FastifyInstance, deps: ViewersDeps): void {
  const { viewers, keys, clock, rate } = deps
  const beaten = {
    config: { takesPages: true },
    onRequest: async (request: FastifyRequest, reply: FastifyReply) => {
      letPageRead(request, reply, keys)
      const { key } = senderOf(request, keys)
      if (key === null || key.role === 'write') rate.takeFromPage(request, HEARTBEAT_COST)
      checkJson(request)
    },
    bodyLimit: HEARTBEAT_BYTES_MAX,
  }
  answerPreflights(app, '/v1/videos/:videoId/heartbeat', keys)
  app.post<VideoRoute>('/v1/videos/:videoId/heartbeat', beaten, async (request, reply) => {
    const { tenant } = senderOf(request, keys)
    const { videoId } = request.params
    const viewerId = viewerOf(videoId, request.body)
    await viewers.beat(tenant, videoId, viewerId).catch(() => {})
    return reply.code(204).send()
  })

  const answerOf = (count: number): SiteViewersAnswer => ({
    viewers: count,
    asOf: instantText(clock.nowMs()),
    windowSeconds: (VIEWER_POINTS * VIEWER_POINT_MS) / 1_000,
    exact: false,
    error: UNIQUES_ERROR,
  })

  app.get<VideoRoute>('/v1/site/viewers', async (request, reply): Promise<SiteViewersAnswer> => {
    const tenant = tenantOf(request, keys, 'read')
    rate.take(request, tenant, REQUEST_COST)
    new Parameters(request.query, []).check()
    reply.header('cache-control', 'no-store')
    return answerOf(await viewers.countAll(tenant).catch(unavailable))
  })

  app.get<VideoRoute>('/v1/videos/:videoId/viewers', async (request, reply): Promise<ViewersAnswer> => {
    const tenant = tenantOf(request, keys, 'read')
    rate.take(request, tenant, REQUEST_COST)
    const { videoId } = request.params
    const parameters = new Parameters(request.query, [])
    checkVideoId(videoId, parameters)
    parameters.check()
    reply.header('cache-control', 'no-store')
    return { videoId, ...answerOf(await viewers.count(tenant, videoId).catch(unavailable)) }
  })
}

/** Fails with ProblemError `invalid-request`. */
function viewerOf(videoId: string, body: unknown): string {
  const faults: QueryFault[] = []
  const refuse = (parameter: string, rule: string) =>
    faults.push({ parameter, code: 'invalid_parameter', detail: `${parameter} must be ${rule}.` })
  if (!isName(videoId)) refuse('videoId', NAME_RULE)
  const { viewerId } = (body ?? {}) as { viewerId?: unknown }
  if (!isName(viewerId)) refuse('viewerId', NAME_RULE)
  if (faults.length > 0) throw invalidRequest(faults)
  return viewerId as string
}

function unavailable(cause: unknown): never {
  const detail = 'Nobody can tell how many watch. Ask again.'
  throw new ProblemError({ type: 'store-unavailable', detail, cause })
}
