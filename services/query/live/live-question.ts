// Parses what a client wants to watch from an address; reports all faults of a request at once. Pure.

import { Parameters, type RawParameters } from '../../../lib/http/parameters.ts'
import { parseQueryTime, refuseSeconds, TIME_RULE } from '../../../lib/http/query-time.ts'
import { MINUTE_MS } from '../../../model/bucket.ts'
import { NAME_RULE } from '../../../model/names.ts'
import { parseType, parseVideoId, TYPE_RULE } from '../question/questions.ts'
import type { Subject } from './live-counts.ts'

export const LIVE_PARAMETERS = ['videoId', 'eventType', 'startTime', 'key'] as const

const KEY_RULE = 'an API key, where the client cannot send it in a header'

/** Each type of each video, from the start time's minute on. Fails with ProblemError `invalid-request`. */
export function liveQuestion(tenant: string, raw: RawParameters, seriesMax: number): readonly Subject[] {
  const parameters = new Parameters(raw, LIVE_PARAMETERS)
  const videoIds = parameters.list('videoId', NAME_RULE, seriesMax, parseVideoId)
  const types = parameters.list('eventType', TYPE_RULE, seriesMax, parseType)
  const startMs = parameters.optional('startTime', TIME_RULE, parseQueryTime) ?? 0
  refuseSeconds(parameters, startMs, undefined)
  parameters.optional('key', KEY_RULE, (text) => text)
  if (videoIds.length * types.length > seriesMax) {
    const detail = `videoId × eventType may be at most ${seriesMax} counts on one connection.`
    parameters.fault({ parameter: 'videoId', code: 'invalid_parameter', detail })
  }
  parameters.check()
  const from = Math.floor(startMs / MINUTE_MS)
  return videoIds.flatMap((videoId) => types.map((type) => ({ series: { tenant, videoId, type }, from })))
}
