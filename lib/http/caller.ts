// Who calls, and whether the key of the request allows what the route does. Every route that is not public asks here,
// and names its need.
import type { Keys } from './key-ring.ts'
import { ALLOWED, type KnownKey, type Need, nameOfDigest, ROLES } from './known-key.ts'
import { ProblemError } from './problem.ts'
import { retryAfter } from './retry-after.ts'

/** The part of a request that carries a key. */
export type Keyed = {
  readonly headers: { readonly authorization?: string | undefined; readonly [name: string]: unknown }
  readonly ip: string
}

/** `key` is null where keys are off. */
export type Caller = { readonly tenant: string; readonly key: KnownKey | null }

const BEARER = /^Bearer +(\S+)$/i
const CHALLENGE = 'Bearer realm="tally"'
const EVERYBODY: Caller = { tenant: '', key: null }

/**
 * Who calls, by `Authorization: Bearer` or `x-api-key`. Fails with a ProblemError: `unauthorized` without a key,
 * `forbidden` with one that is unknown, has expired or does not allow this, `rate-limited` after too many unknown ones.
 */
export function callerOf(request: Keyed, keys: Keys, need: Exclude<Need, 'admin'>): Caller {
  if (!keys.areOn) return EVERYBODY
  const known = knownKeys(request, keys)
  for (const key of known) {
    if (key.tenant !== null && ALLOWED[key.role].includes(need)) return { tenant: key.tenant, key }
  }
  throw notAllowed(known, need)
}

/** The tenant that a request speaks for. Fails as `callerOf`. */
export function tenantOf(request: Keyed, keys: Keys, need: Exclude<Need, 'admin'>): string {
  return callerOf(request, keys, need).tenant
}

/** The name of the admin; null where no key of any kind is set. Fails as `callerOf`. */
export function adminOf(request: Keyed, keys: Keys): string | null {
  if (!keys.areOnForAdmins) return null
  const known = knownKeys(request, keys)
  const admin = known.find(isAdmin)
  if (admin === undefined) throw notAllowed(known, 'admin')
  return nameOfDigest(admin.digest)
}

/** Null for an admin, who may read of all tenants, and where keys are off; else the tenant. Fails as `callerOf`. */
export function tenantUnlessAdmin(request: Keyed, keys: Keys): string | null {
  if (!keys.areOn || knownKeys(request, keys).some(isAdmin)) return null
  return tenantOf(request, keys, 'read')
}

function isAdmin({ role }: KnownKey): boolean {
  return role === 'admin'
}

/** At least one. */
function knownKeys(request: Keyed, keys: Keys): readonly KnownKey[] {
  const given = givenKey(request)
  if (given === null) {
    throw new ProblemError({
      type: 'unauthorized',
      detail: 'Send an API key as "Authorization: Bearer <key>" or "x-api-key: <key>".',
      headers: { 'www-authenticate': CHALLENGE },
    })
  }
  const { known, isExpired } = keys.find(given)
  if (known.length > 0) return known
  const waitMs = keys.bad.count(request.ip)
  if (waitMs > 0) {
    throw new ProblemError({
      type: 'rate-limited',
      detail: 'Too many unknown API keys came from your address. A good key is taken at any time.',
      headers: retryAfter(waitMs),
    })
  }
  const detail = `This API key ${isExpired ? 'has expired' : 'is unknown'}.`
  throw new ProblemError({ type: 'forbidden', detail })
}

/** Naming the roles that would do is no secret: the API description has them too. */
function notAllowed(known: readonly KnownKey[], need: Need): ProblemError {
  const roles = ROLES.filter((role) => ALLOWED[role].includes(need))
  const isOfNobody = need !== 'admin' && known.every(isAdmin)
  const detail = isOfNobody
    ? 'This admin key belongs to no tenant: use a key of the tenant.'
    : `This address needs a key of another role: ${roles.join(' or ')}.`
  return new ProblemError({ type: 'forbidden', detail })
}

function givenKey(request: Keyed): string | null {
  const { authorization, 'x-api-key': apiKey } = request.headers
  if (authorization !== undefined) return BEARER.exec(authorization)?.[1] ?? null
  return typeof apiKey === 'string' && apiKey !== '' ? apiKey : null
}
