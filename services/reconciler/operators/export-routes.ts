// The routes that export raw events and counts of a range as a file. See the API description for their contract.
// Access is checked before.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { CSV_MEDIA_TYPE } from '../../../lib/csv.ts'
import { oneOf, Parameters, type RawParameters } from '../../../lib/http/parameters.ts'
import { ProblemError } from '../../../lib/http/problem.ts'
import { parseQueryTime, refuseSeconds, TIME_RULE } from '../../../lib/http/query-time.ts'
import { NDJSON_MEDIA_TYPE } from '../../../lib/ndjson.ts'
import { MINUTE_MS, minuteOf } from '../../../model/bucket.ts'
import { RAW_FORMATS } from '../../../stores/archive/archive.ts'
import { PERIOD_MINUTES } from '../../../stores/counts/counts.ts'
import { COUNT_FORMATS, EXPORTS_MAX, type ExportForm, type Exports } from './exports.ts'

export const EXPORT_RESOLUTIONS = ['hour', 'day', 'minute'] as const

const MEDIA_TYPES = {
  parquet: 'application/vnd.apache.parquet',
  csv: CSV_MEDIA_TYPE,
  ndjson: NDJSON_MEDIA_TYPE,
} as const

/** A file is made before its first byte is sent: how long such a silent connection is kept. */
const MAKING_MS_MAX = 15 * MINUTE_MS
const RETRY_AFTER_S = '5'

const FORM_PARAMETERS = ['startTime', 'endTime', 'format', 'formulaGuard', 'bom']
const SWITCH_RULE = 'true or false'
const switchOf = (text: string) => (text === 'true' ? true : text === 'false' ? false : null)

type Route = { Querystring: RawParameters }

export function registerExports(scope: FastifyInstance, exports: Exports): void {
  scope.get<Route>('/v1/admin/exports/raw', async (request, reply) => {
    const parameters = new Parameters(request.query, FORM_PARAMETERS)
    const form = formOf(parameters, RAW_FORMATS, 1)
    reply.raw.setTimeout(MAKING_MS_MAX)
    return handOut(request, reply, 'events', form.format, await exports.raw(form))
  })

  scope.get<Route>('/v1/admin/exports/counts', async (request, reply) => {
    const parameters = new Parameters(request.query, [...FORM_PARAMETERS, 'resolution'])
    const rule = `one of ${EXPORT_RESOLUTIONS.join(', ')}`
    const resolution = parameters.optional('resolution', rule, oneOf(EXPORT_RESOLUTIONS)) ?? 'hour'
    const form = formOf(parameters, COUNT_FORMATS, PERIOD_MINUTES[resolution])
    reply.raw.setTimeout(MAKING_MS_MAX)
    return handOut(request, reply, 'counts', form.format, await exports.counts(resolution, form))
  })
}

/** Widened to whole periods. */
function formOf<Format extends string>(
  parameters: Parameters,
  formats: readonly Format[],
  periodMinutes: number,
): ExportForm<Format | 'parquet'> {
  const start = parameters.required('startTime', TIME_RULE, parseQueryTime)
  const end = parameters.required('endTime', TIME_RULE, parseQueryTime)
  const rule = `one of ${formats.join(', ')}`
  const format = parameters.optional('format', rule, oneOf(formats)) ?? 'parquet'
  const formulaGuard = parameters.optional('formulaGuard', SWITCH_RULE, switchOf)
  const bom = parameters.optional('bom', SWITCH_RULE, switchOf)
  for (const [parameter, given] of Object.entries({ formulaGuard, bom })) {
    if (given === undefined || format === 'csv') continue
    const detail = `${parameter} goes only with format=csv.`
    parameters.fault({ parameter, code: 'invalid_parameter', detail })
  }
  if (start !== undefined && end !== undefined && start > end) {
    const detail = 'startTime must not be after endTime.'
    parameters.fault({ parameter: 'startTime', code: 'inverted_range', detail })
  } else refuseSeconds(parameters, start, end)
  parameters.check()
  const from = Math.floor(minuteOf(start) / periodMinutes) * periodMinutes
  const to = Math.ceil(end / MINUTE_MS / periodMinutes) * periodMinutes
  return { from, to, format, formulaGuard: formulaGuard ?? true, bom: bom ?? false }
}

function handOut(
  request: FastifyRequest,
  reply: FastifyReply,
  name: string,
  format: keyof typeof MEDIA_TYPES,
  file: NodeJS.ReadableStream | null,
): FastifyReply {
  if (file === null) {
    const detail = `${EXPORTS_MAX} exports are under way already: there may be no more at once.`
    throw new ProblemError({ type: 'overloaded', detail, headers: { 'retry-after': RETRY_AFTER_S } })
  }
  request.log.info(`exports ${name} as ${format}`)
  return reply
    .header('content-disposition', `attachment; filename="${name}.${format}"`)
    .type(MEDIA_TYPES[format])
    .send(file)
}
