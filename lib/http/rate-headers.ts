// Tells senders how much of their shares is left, in the fields RateLimit-Policy and RateLimit of
// draft-ietf-httpapi-ratelimit-headers: a list of policies, each with its quota, and what remains of it.
import type { FastifyInstance } from 'fastify'
import type { Share } from '../token-buckets.ts'

export type Policy = {
  /** Whose share it is: `tenant`, `key`, `address`. */
  readonly policy: string
  /** What is counted. */
  readonly unit: string
}

/** What is known of each request, by policy; the last of each counts. */
const NOTED = new WeakMap<object, Map<string, Policy & Share>>()

export function noteShare(request: object, policy: Policy, share: Share | null): void {
  if (share === null) return
  const shares = NOTED.get(request) ?? new Map<string, Policy & Share>()
  NOTED.set(request, shares.set(policy.policy, { ...policy, ...share }))
}

/** Adds the fields to every answer to a request of which something was noted. */
export function sendRateHeaders(app: FastifyInstance): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    const shares = NOTED.get(request)
    if (shares !== undefined) reply.headers(rateHeaders(Array.from(shares.values())))
    done(null, payload)
  })
}

/** A share that was overdrawn has nothing left. `t` is when it is full again, in whole seconds. */
export function rateHeaders(shares: readonly (Policy & Share)[]): Readonly<Record<string, string>> {
  const policies = shares.map(
    ({ policy, unit, quota, windowS }) => `"${policy}";q=${Math.floor(quota)};w=${windowS};qu="${unit}"`,
  )
  const states = shares.map(({ policy, quota, windowS, balance }) => {
    const fullS = Math.ceil(((quota - balance) / quota) * windowS)
    return `"${policy}";r=${Math.max(0, Math.floor(balance))};t=${Math.max(0, fullS)}`
  })
  return { 'ratelimit-policy': policies.join(', '), ratelimit: states.join(', ') }
}
