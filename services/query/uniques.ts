// How many different viewers a video had in some hours: an estimate, and it says so.
import type { FastifyInstance } from 'fastify'
import { type ApiKeys, tenantOf } from '../http/api-keys.ts'
import { MINUTES_PER_DAY, MINUTES_PER_HOUR, minuteOf } from '../model/bucket.ts'
import { UNIQUES_ERROR } from '../model/hyper-log-log.ts'
import type { Clock } from '../ports/clock.ts'
import { SKETCH_HOURS_KEPT_DAYS, type Uniques } from '../ports/uniques.ts'
import { Parameters, type RawParameters } from './parameters.ts'
import { checkVideoId } from './questions.ts'
import { askedRange } from './range.ts'
import { fromStore } from './read-slots.ts'
import { minuteText } from './time-text.ts'
import type { MinuteRange } from './vocabulary.ts'

export type UniquesDeps = {
  readonly uniques: Uniques
  readonly keys: ApiKeys
  readonly clock: Pick<Clock, 'nowMs'>
}

type UniquesAnswer = {
  readonly videoId: string
  readonly startTime: string
  readonly endTime: string
  readonly uniques: number
  /** The relative standard error. */
  readonly error: number
  readonly exact: false
  readonly meta: { readonly stale: boolean }
}

type VideoRoute = { Params: { videoId: string }; Querystring: RawParameters }

export const UNIQUES_PARAMETERS = ['startTime', 'endTime'] as const
export const UNIQUES_DAYS = { default: 28, max: 92 } as const

export function registerUniques(app: FastifyInstance, deps: UniquesDeps): void {
  app.get<VideoRoute>('/v1/videos/:videoId/uniques', async (request, reply): Promise<UniquesAnswer> => {
    const tenant = tenantOf(request, deps.keys)
    const { videoId } = request.params
    const { from, to } = hoursAsked(videoId, request.query, deps.clock.nowMs())
    const { sketch, stale } = await fromStore(() => deps.uniques.read(tenant, videoId, from, to))
    reply.header('cache-control', 'no-store')
    return {
      videoId,
      startTime: minuteText(from),
      endTime: minuteText(to),
      uniques: sketch.estimate(),
      error: UNIQUES_ERROR,
      exact: false,
      meta: { stale },
    }
  })
}

/** Widened to whole hours, or to days where hours are known no more. Fails with ProblemError `invalid-request`. */
function hoursAsked(videoId: string, raw: RawParameters, nowMs: number): MinuteRange {
  const parameters = new Parameters(raw, UNIQUES_PARAMETERS)
  checkVideoId(videoId, parameters)
  const asked = askedRange(parameters, nowMs)
  const start = asked.from ?? Math.max(0, asked.to - UNIQUES_DAYS.default * MINUTES_PER_DAY)
  const isLongAgo = start < minuteOf(nowMs) - SKETCH_HOURS_KEPT_DAYS * MINUTES_PER_DAY
  const unit = isLongAgo ? MINUTES_PER_DAY : MINUTES_PER_HOUR
  const from = Math.floor(start / unit) * unit
  const to = Math.ceil(asked.to / unit) * unit
  if (asked.to - start > UNIQUES_DAYS.max * MINUTES_PER_DAY) {
    const detail = `startTime and endTime, which is now where it is not given, span at most ${UNIQUES_DAYS.max} days.`
    parameters.fault({ parameter: 'startTime', code: 'range_too_long', detail })
  }
  parameters.check()
  return { from, to }
}
