// Limits the rate of queries per tenant, or per address if keys are off, so that one client cannot starve the others.
// For this process alone.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Clock } from '../clock.ts'
import { TokenBuckets } from '../token-buckets.ts'
import { clientOf } from './client-address.ts'
import { ProblemError } from './problem.ts'
import { noteShare } from './rate-headers.ts'
import { retryAfter } from './retry-after.ts'

export type QueryRateSettings = {
  /** In values that have to be added up, of each tenant or address; null: no limit. */
  readonly costPerSecondMax: number | null
}

export const QUERY_RATE_SETTINGS: QueryRateSettings = { costPerSecondMax: 500_000 }

/** The burst in seconds: a page asks much at once when it is opened. */
const BURST_SECONDS = 2
const NAMES_MAX = 50_000
/** Of what operators look at: a listing, or the beginning of a file whose number is bounded by itself. */
const ADMIN_COST = 10
const READING = new Set(['GET', 'HEAD'])

export class QueryRate {
  readonly #buckets: TokenBuckets | null

  constructor({ costPerSecondMax }: QueryRateSettings, clock: Pick<Clock, 'nowMs'>) {
    const limits = { burstSeconds: BURST_SECONDS, namesMax: NAMES_MAX }
    this.#buckets =
      costPerSecondMax === null
        ? null
        : new TokenBuckets({ ...limits, tokensPerSecond: costPerSecondMax }, clock)
  }

  /**
   * Charges a question to its tenant; if keys are off, and `tenant` is empty, to the client's network. Fails with
   * ProblemError `rate-limited`.
   */
  take(request: Pick<FastifyRequest, 'ip'>, tenant: string, cost: number): void {
    const name = tenant === '' ? `network ${clientOf(request.ip)}` : `tenant ${tenant}`
    const waitMs = this.#buckets?.take(name, cost) ?? 0
    const policy = tenant === '' ? 'address' : 'tenant'
    noteShare(request, { policy, unit: 'cost' }, this.#buckets?.look(name) ?? null)
    if (waitMs === 0) return
    throw new ProblemError({
      type: 'rate-limited',
      detail: `${tenant === '' ? 'Your address' : 'This tenant'} exceeds its query rate: ask again later, or for less.`,
      headers: retryAfter(waitMs),
    })
  }
}

/** Counts whatever operators ask of a scope's addresses against the share of their network: no tenant is asked for. */
export function limitReads(scope: FastifyInstance, rate: QueryRate): void {
  scope.addHook('onRequest', async (request) => {
    if (READING.has(request.method)) rate.take(request, '', ADMIN_COST)
  })
}
