// The operators' routes of the batch layer: imports, recounts on demand. See the API description for their contract.
import type { FastifyInstance } from 'fastify'
import { adminOf } from '../../../lib/http/keys/caller.ts'
import type { Keys } from '../../../lib/http/keys/key-ring.ts'
import { invalidParameter, objectOf, Parameters, type RawParameters } from '../../../lib/http/parameters.ts'
import { ProblemError } from '../../../lib/http/problem.ts'
import { limitReads, type QueryRate } from '../../../lib/http/query-rate.ts'
import { parseQueryTime, refuseSeconds, TIME_RULE } from '../../../lib/http/query-time.ts'
import { minuteText } from '../../../lib/time-text.ts'
import { hourOf, minuteOf } from '../../../model/bucket.ts'
import { TENANT_RULE } from '../../../model/names.ts'
import { addTallies, NO_TALLY } from '../../../model/tally.ts'
import type { BatchLayer } from '../batch-layer.ts'
import type { Reconciler } from '../reconciler.ts'
import type { HourRange } from '../recount/due-hours.ts'
import { tenantName } from './admin-parameters.ts'
import { registerExports } from './export-routes.ts'
import type { Exports } from './exports.ts'
import { endImport, IMPORT_ID, importLot, importState, LOT_BYTES_MAX } from './imports.ts'
import { registerPrivacy } from './privacy-routes.ts'

export type BatchRoutesDeps = {
  readonly layer: BatchLayer
  readonly exports: Exports
  readonly keys: Keys
  readonly rate: QueryRate
}

type Route = { Params: { id: string }; Querystring: RawParameters; Body: unknown }

export function registerBatch(app: FastifyInstance, { layer, exports, keys, rate }: BatchRoutesDeps): void {
  const { reconciler, privacy, imports } = layer
  app.register(async (scope) => {
    scope.addContentTypeParser('application/x-ndjson', { parseAs: 'string' }, (_request, body, done) => {
      done(null, body)
    })
    scope.addHook('onRequest', async (request, reply) => {
      adminOf(request, keys)
      reply.header('cache-control', 'no-store')
    })
    limitReads(scope, rate)

    scope.get<Route>('/v1/admin/imports/:id', ({ params }) => importState(imports, importId(params.id)))

    scope.post<Route>('/v1/admin/imports/:id/rows', { bodyLimit: LOT_BYTES_MAX }, async (request) => {
      const { from, tenant } = lotQuestion(request.query)
      const id = importId(request.params.id)
      const receipt = await importLot(imports, tenant, id, from, linesOf(request.body))
      if (receipt !== null) return receipt
      throw invalidParameter(
        'from',
        `must be ${(await importState(imports, id)).nextRow}, the next row of this import.`,
      )
    })

    scope.post<Route>('/v1/admin/imports/:id/end', ({ params }) => endImport(imports, importId(params.id)))

    scope.post<Route>('/v1/admin/recount', async (request, reply) => {
      const run = reconciler.request(rangeOf(request.body))
      return reply.code(202).send({ run })
    })

    scope.get('/v1/admin/recount', async () => recountState(reconciler))
    registerPrivacy(scope, { privacy, reconciler, keys })
    registerExports(scope, exports)
  })
}

/** `ended` is the number of the newest completed run; `latest` is its report. */
function recountState({ runs, latest }: Reconciler) {
  if (latest === null) return { ...runs, latest: null }
  const { closedTo, reconciled, audits } = latest
  const tally = audits.reduce((sum, audit) => addTallies(sum, audit), NO_TALLY)
  const times = { closedTo: minuteText(closedTo), reconciledTo: minuteText(reconciled.toMinute) }
  return {
    ...runs,
    latest: { ...times, exceptHours: reconciled.exceptHours.length, hours: audits.length, ...tally },
  }
}

function importId(text: string): string {
  if (IMPORT_ID.test(text)) return text
  throw new ProblemError({ type: 'not-found', detail: 'An import is named by 16 to 64 hex digits.' })
}

function lotQuestion(raw: RawParameters): { readonly from: number; readonly tenant: string } {
  const parameters = new Parameters(raw, ['from', 'tenant'])
  const from = parameters.required('from', 'the number of the first row, from 0', wholeNumber)
  const tenant = parameters.optional('tenant', TENANT_RULE, tenantName) ?? ''
  parameters.check()
  return { from, tenant }
}

function linesOf(body: unknown): string[] {
  if (typeof body !== 'string')
    throw invalidParameter('body', 'must be application/x-ndjson, an event a line.')
  const lines = body.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** The whole hours of a range; null if none is given. No body means `{}`. */
function rangeOf(body: unknown): HourRange | null {
  const fields = objectOf(body === undefined ? {} : body)
  const parameters = new Parameters<unknown>(fields, ['startTime', 'endTime'], 'body')
  const start = parameters.optional('startTime', TIME_RULE, parseQueryTime)
  const end = parameters.optional('endTime', TIME_RULE, parseQueryTime)
  if ((start === undefined) !== (end === undefined)) {
    const parameter = start === undefined ? 'startTime' : 'endTime'
    const detail = 'startTime and endTime go together.'
    parameters.fault({ parameter, code: 'missing_parameter', detail })
  } else if (start !== undefined && end !== undefined && start > end) {
    const detail = 'startTime must not lie after endTime.'
    parameters.fault({ parameter: 'startTime', code: 'inverted_range', detail })
  } else refuseSeconds(parameters, start, end)
  parameters.check()
  if (start === undefined || end === undefined) return null
  return { from: hourOf(minuteOf(start)), to: minuteOf(end) + 1 }
}

function wholeNumber(text: string): number | null {
  return /^\d{1,15}$/.test(text) ? Number(text) : null
}
