// How many events a sender may send: of its address, if it is a page; of its key; of its tenant. The narrowest share is
// taken first, so that who exceeds it uses up nothing of the wider ones. A share that is known to be used up is refused
// before the body is read.
import type { FastifyRequest } from 'fastify'
import { clientOf } from '../../lib/http/client-address.ts'
import { nameOfDigest } from '../../lib/http/keys/known-key.ts'
import type { Sender } from '../../lib/http/keys/page-senders.ts'
import { ProblemError } from '../../lib/http/problem.ts'
import { noteShare } from '../../lib/http/rate-headers.ts'
import { retryAfter } from '../../lib/http/retry-after.ts'
import type { RateLimit, SenderLimits } from '../../stores/rate-limit/rate-limit.ts'

type Share = {
  readonly policy: 'address' | 'key' | 'tenant'
  readonly name: string
  readonly limit: RateLimit
}

const UNIT = 'events'
const WHOSE = {
  address: 'Your address sends more events than it may with a key of pages',
  key: 'This key sends more events than it may',
  tenant: 'This tenant sends more events than it may',
} as const

/** The limits of one request. */
export class EventRates {
  readonly #request: FastifyRequest
  readonly #shares: readonly Share[]

  constructor(request: FastifyRequest, { tenant, key }: Sender, byTenant: RateLimit, limits?: SenderLimits) {
    const shares: Share[] = []
    if (limits !== undefined && key?.role === 'write')
      shares.push({ policy: 'address', name: clientOf(request.ip), limit: limits.address })
    if (limits !== undefined && key !== null)
      shares.push({ policy: 'key', name: nameOfDigest(key.digest), limit: limits.key })
    this.#request = request
    this.#shares = [...shares, { policy: 'tenant', name: tenant, limit: byTenant }]
  }

  /** Fails with ProblemError `rate-limited` if it is known, without asking anybody, that a share is used up. */
  refuseKnown(): void {
    for (const share of this.#shares) {
      this.#note(share)
      const known = share.limit.share(share.name)
      if (known !== null && known.balance <= 0) refuse(share, waitMsOf(known))
    }
  }

  /** Fails with ProblemError `rate-limited`. */
  async take(events: number): Promise<void> {
    for (const share of this.#shares) {
      const waitMs = await share.limit.take(share.name, events)
      this.#note(share)
      if (waitMs > 0) refuse(share, waitMs)
    }
  }

  #note({ policy, name, limit }: Share): void {
    noteShare(this.#request, { policy, unit: UNIT }, limit.share(name))
  }
}

function waitMsOf({ balance, quota, windowS }: { balance: number; quota: number; windowS: number }): number {
  return Math.max(1, (-balance / quota) * windowS * 1_000)
}

function refuse({ policy }: Share, waitMs: number): never {
  const detail = `${WHOSE[policy]}: send these again later.`
  throw new ProblemError({ type: 'rate-limited', detail, headers: retryAfter(waitMs) })
}
