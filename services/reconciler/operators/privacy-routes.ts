// The routes that forget viewers, remove videos, and list these acts. See the API description for their contract.
// Access is checked before.
import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { adminOf } from '../../../lib/http/keys/caller.ts'
import type { Keys } from '../../../lib/http/keys/key-ring.ts'
import { countTo, invalidParameter, Parameters, type RawParameters } from '../../../lib/http/parameters.ts'
import { ProblemError } from '../../../lib/http/problem.ts'
import { parseQueryTime, refuseSeconds, TIME_RULE } from '../../../lib/http/query-time.ts'
import { instantText } from '../../../lib/time-text.ts'
import { isName, NAME_RULE, TENANT_RULE } from '../../../model/names.ts'
import type { Reconciler } from '../reconciler.ts'
import type { Act, ActName } from './admin-acts.ts'
import { tenantName } from './admin-parameters.ts'
import type { Privacy } from './privacy.ts'

export type PrivacyRoutesDeps = {
  readonly privacy: Privacy
  readonly reconciler: Reconciler
  readonly keys: Keys
}

export const PRIVACY_LIMITS = { limitMax: 1_000, limitDefault: 100 } as const

type Route = { Params: { videoId: string; viewerId: string }; Querystring: RawParameters }

export function registerPrivacy(
  scope: FastifyInstance,
  { privacy, reconciler, keys }: PrivacyRoutesDeps,
): void {
  const begin = async (name: ActName, tenant: string, subject: string, by: string | null) => {
    const act = await privacy.begin(name, tenant, subject, by).catch(refuseUnrecorded)
    if (reconciler.leads) reconciler.request(null)
    return answerOf(act)
  }

  scope.delete<Route>('/v1/admin/viewers/:viewerId', async (request, reply) => {
    const viewerId = checkedId('viewerId', request.params.viewerId)
    const tenant = tenantOf(request.query)
    const subject = createHash('sha256').update(viewerId).digest('hex')
    return reply.code(202).send(await begin('forget-viewer', tenant, subject, adminOf(request, keys)))
  })

  scope.delete<Route>('/v1/admin/videos/:videoId', async (request, reply) => {
    const videoId = checkedId('videoId', request.params.videoId)
    const tenant = tenantOf(request.query)
    return reply.code(202).send(await begin('remove-video', tenant, videoId, adminOf(request, keys)))
  })

  scope.get<Route>('/v1/admin/privacy', async ({ query }) => {
    const parameters = new Parameters(query, ['limit', 'endTime'])
    const { limitMax, limitDefault } = PRIVACY_LIMITS
    const limit =
      parameters.optional('limit', `a whole number from 1 to ${limitMax}`, countTo(limitMax)) ?? limitDefault
    const endMs = parameters.optional('endTime', TIME_RULE, parseQueryTime)
    refuseSeconds(parameters, undefined, endMs)
    parameters.check()
    const acts = await privacy.acts.latest(limit, endMs).catch(refuseUnrecorded)
    return { acts: acts.map(answerOf) }
  })
}

function answerOf({ id, act, tenant, subject, by, askedMs, events, doneMs }: Act) {
  return {
    ...{ id, act, tenant },
    ...(act === 'remove-video' ? { videoId: subject } : { viewerSha256: subject }),
    by,
    askedAt: instantText(askedMs),
    state: doneMs === null ? 'pending' : 'done',
    doneAt: doneMs === null ? null : instantText(doneMs),
    events,
  }
}

function tenantOf(raw: RawParameters): string {
  const parameters = new Parameters(raw, ['tenant'])
  const tenant = parameters.optional('tenant', TENANT_RULE, tenantName) ?? ''
  parameters.check()
  return tenant
}

function checkedId(name: string, id: string): string {
  if (isName(id)) return id
  throw invalidParameter(name, `must be ${NAME_RULE}.`)
}

function refuseUnrecorded(cause: unknown): never {
  throw new ProblemError({
    type: 'journal-unavailable',
    detail: 'Send this again in a moment: to do it twice is safe.',
    cause,
  })
}
