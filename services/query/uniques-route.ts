// How many different viewers a video had in some hours: an estimate, with its error.
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../../lib/clock.ts'
import { tenantOf } from '../../lib/http/caller.ts'
import type { Keys } from '../../lib/http/key-ring.ts'
import { Parameters, type RawParameters } from '../../lib/http/parameters.ts'
import type { QueryRate } from '../../lib/http/query-rate.ts'
import { instantText, minuteText } from '../../lib/time-text.ts'
import { MINUTES_PER_DAY, MINUTES_PER_HOUR, minuteOf } from '../../model/bucket.ts'
import { UNIQUES_ERROR } from '../../model/hyper-log-log.ts'
import { SKETCH_HOURS_KEPT_DAYS, type Uniques } from '../../stores/uniques/uniques.ts'
import { groupOf } from './forget.ts'
import { knownRangeQuestion } from './known-question.ts'
import type { LastKnown } from './last-known.ts'
import { UNIQUES_COST } from './question-cost.ts'
import { checkVideoId } from './questions.ts'
import { askedRange } from './range.ts'
import { fromStore } from './read-slots.ts'
import type { MinuteRange } from './vocabulary.ts'

export type UniquesDeps = {
  readonly uniques: Uniques
  readonly keys: Keys
  readonly clock: Pick<Clock, 'nowMs'>
  readonly lastKnown: LastKnown
  readonly rate: QueryRate
}

type UniquesAnswer = {
  readonly videoId: string
  readonly startTime: string
  readonly endTime: string
  readonly uniques: number
  /** The relative standard error. */
  readonly error: number
  readonly exact: false
  /** `asOf`: when it was read. */
  readonly meta: { readonly asOf: string; readonly stale: boolean }
}

type VideoRoute = { Params: { videoId: string }; Querystring: RawParameters }

export const UNIQUES_PARAMETERS = ['startTime', 'endTime'] as const
export const UNIQUES_DAYS = { default: 28, max: 92 } as const

export function registerUniques(app: FastifyInstance, deps: UniquesDeps): void {
  app.get<VideoRoute>('/v1/videos/:videoId/uniques', async (request, reply): Promise<UniquesAnswer> => {
    const tenant = tenantOf(request, deps.keys, 'read')
    const { videoId } = request.params
    deps.rate.take(request, tenant, UNIQUES_COST)
    const nowMs = deps.clock.nowMs()
    const range = hoursAsked(videoId, request.query, nowMs)
    const group = groupOf({ tenant, videoId })
    const known = knownRangeQuestion(group, ['uniques', tenant, videoId], range, nowMs, MINUTES_PER_DAY)
    reply.header('cache-control', 'no-store')
    return deps.lastKnown.ask(known, () => getUniques(deps, tenant, videoId, range))
  })
}

async function getUniques(
  { uniques, clock }: UniquesDeps,
  tenant: string,
  videoId: string,
  { from, to }: MinuteRange,
): Promise<UniquesAnswer> {
  const asOf = instantText(clock.nowMs())
  const { sketch, stale } = await fromStore(() => uniques.read(tenant, videoId, from, to))
  return {
    videoId,
    startTime: minuteText(from),
    endTime: minuteText(to),
    uniques: sketch.estimate(),
    error: UNIQUES_ERROR,
    exact: false,
    meta: { asOf, stale },
  }
}

/** Widened to whole hours, or to days if hours are no longer stored. Fails with ProblemError `invalid-request`. */
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
