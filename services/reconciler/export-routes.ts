// The addresses by which raw events and counts of a range are taken out as a file. See the API description for their
// contract. Who may call them is settled before.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ProblemError } from '../http/problem.ts'
import { MINUTE_MS, minuteOf } from '../model/bucket.ts'
import { PERIOD_MINUTES } from '../ports/counts.ts'
import { oneOf, Parameters, type RawParameters } from '../query/parameters.ts'
import { parseQueryTime, refuseSeconds, TIME_RULE } from '../query/query-time.ts'
import { EXPORTS_MAX, type ExportFormat, type Exports } from './exports.ts'

export const EXPORT_FORMATS = ['parquet', 'csv'] as const
export const EXPORT_RESOLUTIONS = ['hour', 'day', 'minute'] as const

const MEDIA_TYPES = {
  parquet: 'application/vnd.apache.parquet',
  csv: 'text/csv; charset=utf-8; header=present',
} as const

/** A file is made before its first byte is sent: a connection on which nothing moves is held for so long. */
const MAKING_MS_MAX = 15 * MINUTE_MS
const RETRY_AFTER_S = '5'

type Route = { Querystring: RawParameters }

export function registerExports(scope: FastifyInstance, exports: Exports): void {
  scope.get<Route>('/v1/admin/exports/raw', async (request, reply) => {
    const parameters = new Parameters(request.query, ['startTime', 'endTime', 'format'])
    const { from, to, format } = rangeOf(parameters, 1)
    reply.raw.setTimeout(MAKING_MS_MAX)
    return handOut(request, reply, 'events', format, await exports.raw(from, to, format))
  })

  scope.get<Route>('/v1/admin/exports/counts', async (request, reply) => {
    const parameters = new Parameters(request.query, ['startTime', 'endTime', 'format', 'resolution'])
    const rule = `one of ${EXPORT_RESOLUTIONS.join(', ')}`
    const resolution = parameters.optional('resolution', rule, oneOf(EXPORT_RESOLUTIONS)) ?? 'hour'
    const { from, to, format } = rangeOf(parameters, PERIOD_MINUTES[resolution])
    reply.raw.setTimeout(MAKING_MS_MAX)
    return handOut(request, reply, 'counts', format, await exports.counts(resolution, from, to, format))
  })
}

/** Widened to whole periods. */
function rangeOf(parameters: Parameters, periodMinutes: number) {
  const start = parameters.required('startTime', TIME_RULE, parseQueryTime)
  const end = parameters.required('endTime', TIME_RULE, parseQueryTime)
  const rule = `one of ${EXPORT_FORMATS.join(', ')}`
  const format = parameters.optional('format', rule, oneOf(EXPORT_FORMATS)) ?? 'parquet'
  if (start !== undefined && end !== undefined && start > end) {
    const detail = 'startTime must not be after endTime.'
    parameters.fault({ parameter: 'startTime', code: 'inverted_range', detail })
  } else refuseSeconds(parameters, start, end)
  parameters.check()
  const from = Math.floor(minuteOf(start) / periodMinutes) * periodMinutes
  const to = Math.ceil(end / MINUTE_MS / periodMinutes) * periodMinutes
  return { from, to, format }
}

function handOut(
  request: FastifyRequest,
  reply: FastifyReply,
  name: string,
  format: ExportFormat,
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
