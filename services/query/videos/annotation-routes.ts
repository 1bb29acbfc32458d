// The routes of what people note at a time of a video. See the API description for their contract.
import type { FastifyInstance } from 'fastify'
import { takesJson } from '../../../lib/http/json-body.ts'
import { tenantOf } from '../../../lib/http/keys/caller.ts'
import type { Keys } from '../../../lib/http/keys/key-ring.ts'
import { needsKey } from '../../../lib/http/keys/needs-key.ts'
import { invalidParameter, objectOf, Parameters } from '../../../lib/http/parameters.ts'
import { awayAs, ProblemError } from '../../../lib/http/problem.ts'
import type { QueryRate } from '../../../lib/http/query-rate.ts'
import { instantText } from '../../../lib/time-text.ts'
import { isName, NAME_RULE } from '../../../model/names.ts'
import { timeMsOf } from '../../../model/parse-time.ts'
import { isPlainText, plainTextRule } from '../../../model/plain-text.ts'
import {
  ANNOTATIONS_OF_TENANT_MAX,
  ANNOTATIONS_OF_VIDEO_MAX,
  type Annotation,
  type AnnotationReader,
  type AnnotationWriter,
} from '../../../stores/videos/annotations.ts'
import { ANNOTATION_CHANGE_COST, ANNOTATIONS_COST } from '../question/question-cost.ts'

export type AnnotationRoutesDeps = {
  readonly videos: AnnotationReader & AnnotationWriter
  readonly keys: Keys
  readonly rate: QueryRate
}

export const ANNOTATION_LIMITS = {
  textCharsMax: 200,
  bodyBytesMax: 4 << 10,
  /** The years 2000 to 9999. */
  timeMsMin: Date.UTC(2000),
  timeMsMax: Date.UTC(10_000) - 1,
} as const
export const ANNOTATION_FIELDS = ['time', 'text'] as const
export const ANNOTATION_ID = /^[A-Za-z0-9._:-]{1,64}$/

const ID_RULE = '1–64 of A–Z a–z 0–9 . _ : -'
const TIME_RULE = 'an RFC 3339 time with a zone, or epoch milliseconds, from 2000 to 9999'
const TEXT_RULE = plainTextRule(1, ANNOTATION_LIMITS.textCharsMax)
const PATH = '/v1/videos/:videoId/annotations'

type Route = { Params: { videoId: string; annotationId: string }; Body: unknown }

const refuseAway = awayAs('videos-unavailable')

export function registerAnnotations(
  app: FastifyInstance,
  { videos, keys, rate }: AnnotationRoutesDeps,
): void {
  app.get<Route>(PATH, async (request, reply) => {
    const tenant = tenantOf(request, keys, 'read')
    rate.take(request, tenant, ANNOTATIONS_COST)
    const found = await videos.annotations(tenant, videoIdOf(request.params)).catch(refuseAway)
    reply.header('cache-control', 'no-store')
    return { annotations: found.map(fieldsOf) }
  })

  const taking = { onRequest: takesJson(keys, 'manage'), bodyLimit: ANNOTATION_LIMITS.bodyBytesMax }
  app.put<Route>(`${PATH}/:annotationId`, taking, async (request) => {
    const tenant = tenantOf(request, keys, 'manage')
    rate.take(request, tenant, ANNOTATION_CHANGE_COST)
    const videoId = videoIdOf(request.params)
    const annotation = { annotationId: annotationIdOf(request.params), ...askedAnnotation(request.body) }
    await refuseTooMany(tenant, videoId, annotation.annotationId).catch(refuseAway)
    await videos.annotate(tenant, videoId, annotation).catch(refuseAway)
    return fieldsOf(annotation)
  })

  const managed = { onRequest: needsKey(keys, 'manage') }
  app.delete<Route>(`${PATH}/:annotationId`, managed, async (request, reply) => {
    const tenant = tenantOf(request, keys, 'manage')
    rate.take(request, tenant, ANNOTATION_CHANGE_COST)
    const [videoId, annotationId] = [videoIdOf(request.params), annotationIdOf(request.params)]
    await videos.removeAnnotation(tenant, videoId, annotationId).catch(refuseAway)
    return reply.code(204).send()
  })

  async function refuseTooMany(tenant: string, videoId: string, annotationId: string): Promise<void> {
    const known = await videos.annotations(tenant, videoId)
    if (known.some((one) => one.annotationId === annotationId)) return
    if (known.length >= ANNOTATIONS_OF_VIDEO_MAX)
      throw conflict(`The video has ${ANNOTATIONS_OF_VIDEO_MAX} annotations, the most that one may have.`)
    if ((await videos.annotationCount(tenant, ANNOTATIONS_OF_TENANT_MAX)) >= ANNOTATIONS_OF_TENANT_MAX)
      throw conflict(`There are ${ANNOTATIONS_OF_TENANT_MAX} annotations, the most that a tenant may have.`)
  }
}

function fieldsOf({ annotationId, timeMs, text }: Annotation) {
  return { id: annotationId, time: instantText(timeMs), text }
}

/** Fails with ProblemError `invalid-request`, which names every fault. */
function askedAnnotation(body: unknown): Pick<Annotation, 'timeMs' | 'text'> {
  const fields = new Parameters<unknown>(objectOf(body), ANNOTATION_FIELDS, 'body')
  const timeMs = fields.required('time', TIME_RULE, timeOf)
  const text = fields.required('text', TEXT_RULE, textOf)
  fields.check()
  return { timeMs, text }
}

function timeOf(given: unknown): number | null {
  const timeMs = timeMsOf(given)
  const { timeMsMin, timeMsMax } = ANNOTATION_LIMITS
  return timeMs !== null && timeMs >= timeMsMin && timeMs <= timeMsMax ? timeMs : null
}

function textOf(given: unknown): string | null {
  return isPlainText(given, ANNOTATION_LIMITS.textCharsMax) ? given : null
}

function videoIdOf({ videoId }: Route['Params']): string {
  if (isName(videoId)) return videoId
  throw invalidParameter('videoId', `must be ${NAME_RULE}.`)
}

function annotationIdOf({ annotationId }: Route['Params']): string {
  if (ANNOTATION_ID.test(annotationId)) return annotationId
  throw invalidParameter('annotationId', `must be ${ID_RULE}.`)
}

function conflict(detail: string): ProblemError {
  return new ProblemError({ type: 'conflict', detail: `${detail} Remove one first.` })
}
