// Limits the rate of queries per tenant, or per address if keys are off, so that one client cannot starve the others.
// Whoever asks by a share link has shares apart from that of its tenant. For this process alone.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Clock } from '../clock.ts'
import { TokenBuckets } from '../token-buckets.ts'
import { clientOf } from './client-address.ts'
import { isByLink } from './keys/caller.ts'
import { ProblemError } from './problem.ts'
import { noteShare } from './rate-headers.ts'
import { retryAfter } from './retry-after.ts'

export type QueryRateSettings = {
  /** In values that have to be added up, of each tenant or address; null: no limit. */
  readonly costPerSecondMax: number | null
}

export const QUERY_RATE_SETTINGS: QueryRateSettings = { costPerSecondMax: 500_000 }

type Asking = Pick<FastifyRequest, 'ip'> & Partial<Pick<FastifyRequest, 'headers'>>
type Policy = { readonly policy: string; readonly who: string }
type Charged = Policy & { readonly name: string }

const OF_ADDRESS: Policy = { policy: 'address', who: 'Your address exceeds' }
const OF_TENANT: Policy = { policy: 'tenant', who: 'This tenant exceeds' }
const OF_LINKS: Policy = { policy: 'links', who: 'All who have links of this owner exceed' }

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
   * Charges a question to its tenant; if keys are off, and `tenant` is empty, to the client's network. One by a link is
   * charged to the network and to all links of the tenant together: a link that goes round locks out neither the tenant
   * nor others. Fails with ProblemError `rate-limited`.
   */
  take(request: Asking, tenant: string, cost: number): void {
    for (const charged of chargedFor(request, tenant)) this.#take(request, charged, cost)
  }

  /**
   * Charges what a page sends to the network of its reader alone: a key that stands in a page must not use up what the
   * tenant may ask. Fails with ProblemError `rate-limited`.
   */
  takeFromPage(request: Asking, cost: number): void {
    this.#take(request, { ...OF_ADDRESS, name: `pages of network ${clientOf(request.ip)}` }, cost)
  }

  /** As `take`, for what is known only when it is answered: never fails, and may be lacking at the next question. */
  charge(request: Asking, tenant: string, cost: number): void {
    for (const { policy, name } of chargedFor(request, tenant)) {
      this.#buckets?.charge(name, cost)
      noteShare(request, { policy, unit: 'cost' }, this.#buckets?.look(name) ?? null)
    }
  }

  #take(request: Asking, { policy, who, name }: Charged, cost: number): void {
    const waitMs = this.#buckets?.take(name, cost) ?? 0
    noteShare(request, { policy, unit: 'cost' }, this.#buckets?.look(name) ?? null)
    if (waitMs === 0) return
    throw new ProblemError({
      type: 'rate-limited',
      detail: `${who} its query rate: ask again later, or for less.`,
      headers: retryAfter(waitMs),
    })
  }
}

function chargedFor(request: Asking, tenant: string): Charged[] {
  const isLink = request.headers !== undefined && isByLink({ headers: request.headers })
  const ofAddress = { ...OF_ADDRESS, name: `network ${clientOf(request.ip)}` }
  if (isLink) return [ofAddress, { ...OF_LINKS, name: `links of ${tenant}` }]
  return tenant === '' ? [ofAddress] : [{ ...OF_TENANT, name: `tenant ${tenant}` }]
}

/** Counts whatever operators ask of a scope's addresses against the share of their network: no tenant is asked for. */
export function limitReads(scope: FastifyInstance, rate: QueryRate): void {
  scope.addHook('onRequest', async (request) => {
    if (READING.has(request.method)) rate.take(request, '', ADMIN_COST)
  })
}
