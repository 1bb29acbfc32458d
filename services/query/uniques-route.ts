// How many different viewers a video had in some hours: an estimate, with its error.
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../../lib/clock.ts'
import { tenantOf } from '../../lib/http/keys/caller.ts'
import type { Keys } from '../../lib/http/keys/key-ring.ts'
import { Parameters, type RawParameters } from '../../lib/http/parameters.ts'
import type { QueryRate } from '../../lib/http/query-rate.ts'
import { mapBounded } from '../../lib/map-bounded.ts'
import { instantText, minuteText } from '../../lib/time-text.ts'
import { MINUTES_PER_DAY, MINUTES_PER_HOUR, minuteOf } from '../../model/bucket.ts'
import { HyperLogLog, UNIQUES_ERROR } from '../../model/hyper-log-log.ts'
import { SKETCH_HOURS_KEPT_DAYS, type Uniques } from '../../stores/uniques/uniques.ts'
import type { LastKnown } from './kept/last-known.ts'
import { knownRangeQuestion } from './question/known-question.ts'
import { UNIQUES_COST } from './question/question-cost.ts'
import { checkVideoId } from './question/questions.ts'
import { type AskedRange, askedRange } from './question/range.ts'
import type { MinuteRange } from './question/vocabulary.ts'
import { groupOf } from './read/forget.ts'
import { fromStore } from './read/read-slots.ts'

export type UniquesDeps = {
  readonly uniques: Uniques
  readonly keys: Keys
  readonly clock: Pick<Clock, 'nowMs'>
  readonly lastKnown: LastKnown
  readonly rate: QueryRate
}

type Estimate = {
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
const VIDEOS_IN_FLIGHT_MAX = 4

export function registerUniques(app: FastifyInstance, deps: UniquesDeps): void {
  const { keys, clock, rate, lastKnown } = deps
  app.get<VideoRoute>('/v1/videos/:videoId/uniques', async (request, reply) => {
    const tenant = tenantOf(request, keys, 'read')
    const { videoId } = request.params
    rate.take(request, tenant, UNIQUES_COST)
    const nowMs = clock.nowMs()
    const check = (parameters: Parameters) => checkVideoId(videoId, parameters)
    const { asked, range } = hoursAsked(request.query, nowMs, check)
    const group = groupOf({ tenant, videoId })
    const known = knownRangeQuestion(group, ['uniques', tenant, videoId], asked, nowMs)
    reply.header('cache-control', 'no-store')
    return lastKnown.ask(known, async () => ({
      videoId,
      ...(await getUniques(deps, tenant, [videoId], range)),
    }))
  })
}

/** Who watched several of the videos counts once. */
export async function getUniques(
  { uniques, clock }: UniquesDeps,
  tenant: string,
  videoIds: readonly string[],
  { from, to }: MinuteRange,
): Promise<Estimate> {
  const asOf = instantText(clock.nowMs())
  const all = new HyperLogLog()
  const areStale = await mapBounded(videoIds, VIDEOS_IN_FLIGHT_MAX, async (videoId) => {
    const { sketch, stale } = await fromStore(() => uniques.read(tenant, videoId, from, to))
    all.merge(sketch)
    return stale
  })
  return {
    startTime: minuteText(from),
    endTime: minuteText(to),
    uniques: all.estimate(),
    error: UNIQUES_ERROR,
    exact: false,
    meta: { asOf, stale: areStale.includes(true) },
  }
}

/**
 * What is asked for, and as it is read: widened to whole hours, or to days if hours are no longer stored. `check`
 * notes what is wrong with the rest. Fails with ProblemError `invalid-request`.
 */
export function hoursAsked(
  raw: RawParameters,
  nowMs: number,
  check: (parameters: Parameters) => void,
): { readonly asked: AskedRange; readonly range: MinuteRange } {
  const parameters = new Parameters(raw, UNIQUES_PARAMETERS)
  check(parameters)
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
  return { asked, range: { from, to } }
}
