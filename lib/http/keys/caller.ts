// Who calls, and whether the key of the request allows what the route does. Every route that is not public asks here,
// and names its need. A share link is taken by `readingOf` alone: a route that does not ask there refuses it.

import { ProblemError } from '../problem.ts'
import { retryAfter } from '../retry-after.ts'
import type { Keys } from './key-ring.ts'
import { ALLOWED, type KnownKey, type Need, nameOfDigest, ROLES } from './known-key.ts'
import { isShareToken, type ShareLink, type Shown, showsSame } from './share-links.ts'

/** The part of a request that carries a key. */
export type Keyed = {
  readonly headers: { readonly authorization?: string | undefined; readonly [name: string]: unknown }
  readonly ip: string
}

/** `key` is null where keys are off. */
export type Caller = { readonly tenant: string; readonly key: KnownKey | null }

/** `link` is null where a key reads, or anybody may; `key` where a link does, or anybody may. */
export type Reading = Caller & { readonly link: ShareLink | null }

const BEARER = /^Bearer +(\S+)$/i
const CHALLENGE = 'Bearer realm="tally"'
const LINK_RULE = 'A share link shows one video or channel, and opens nothing else.'
const EVERYBODY: Caller = { tenant: '', key: null }

/**
 * Who calls, by `Authorization: Bearer` or `x-api-key`. Fails with a ProblemError: `unauthorized` without a key,
 * `forbidden` with one that is unknown, has expired or does not allow this, `rate-limited` after too many unknown ones.
 */
export function callerOf(request: Keyed, keys: Keys, need: Exclude<Need, 'admin'>): Caller {
  refuseLinks(request)
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

/**
 * Who reads, by a key, or by a link that shows this; `shown` is null where no link shows what is asked. Where
 * keys are off too, a link opens no more than it shows, and not longer. Fails as `callerOf`, and with `link-expired`.
 */
export function readingOf(request: Keyed, keys: Keys, shown: Shown | null): Reading {
  const given = givenKey(request)
  if (given === null || !isShareToken(given)) return { ...callerOf(request, keys, 'read'), link: null }
  const link = keys.links.read(given)
  if (link === null) {
    countBad(request, keys)
    throw refused('This link was not made here, or is not whole.')
  }
  switch (keys.stateOf(link)) {
    case 'expired':
      throw new ProblemError({
        type: 'link-expired',
        detail: 'This link has ended. Ask whoever sent it for a new one.',
        headers: { 'www-authenticate': `${CHALLENGE}, error="invalid_token"` },
      })
    case 'revoked':
      throw refused('This link has ended: the key that made it is no longer in force.')
    case 'good':
      if (!showsSame(link.shows, shown)) throw refused(LINK_RULE)
      return { tenant: link.tenant, key: null, link }
  }
}

/** The tenant that a request reads of. Fails as `readingOf`. */
export function readerOf(request: Keyed, keys: Keys, shown: Shown | null): string {
  return readingOf(request, keys, shown).tenant
}

/** Whether the same request would still be answered: what it opened may outlast its key or link. */
export function mayStillRead(
  { key, link }: Reading,
  keys: Pick<Keys, 'areOn' | 'stateOf' | 'stillAllows'>,
): boolean {
  if (link !== null) return keys.stateOf(link) === 'good'
  return key === null ? !keys.areOn : keys.stillAllows(key, 'read')
}

/** Whether a link asks. Whether it is a good one is another question. */
export function isByLink(request: Pick<Keyed, 'headers'>): boolean {
  const given = givenKey(request)
  return given !== null && isShareToken(given)
}

/** The name of the admin; null where no key of any kind is set. Fails as `callerOf`. */
export function adminOf(request: Keyed, keys: Keys): string | null {
  refuseLinks(request)
  if (!keys.areOnForAdmins) return null
  const known = knownKeys(request, keys)
  const admin = known.find(isAdmin)
  if (admin === undefined) throw notAllowed(known, 'admin')
  return nameOfDigest(admin.digest)
}

/** Null for an admin, who may read of all tenants, and where keys are off; else the tenant. Fails as `callerOf`. */
export function tenantUnlessAdmin(request: Keyed, keys: Keys): string | null {
  refuseLinks(request)
  if (!keys.areOn || knownKeys(request, keys).some(isAdmin)) return null
  return tenantOf(request, keys, 'read')
}

/** What is known of the key of a request, whatever its role; empty where nobody needs one. Fails as `callerOf`. */
export function holderOf(request: Keyed, keys: Keys): readonly KnownKey[] {
  refuseLinks(request)
  if (!keys.areOnForAdmins || (!keys.areOn && givenKey(request) === null)) return []
  return knownKeys(request, keys)
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
  countBad(request, keys)
  throw refused(`This API key ${isExpired ? 'has expired' : 'is unknown'}.`)
}

/** Fails with a ProblemError `rate-limited` if there were too many. */
function countBad(request: Keyed, keys: Keys): void {
  const waitMs = keys.bad.count(request.ip)
  if (waitMs === 0) return
  throw new ProblemError({
    type: 'rate-limited',
    detail: 'Too many unknown API keys came from your address. A good key is taken at any time.',
    headers: retryAfter(waitMs),
  })
}

function refuseLinks(request: Keyed): void {
  if (isByLink(request)) throw refused(LINK_RULE)
}

function refused(detail: string): ProblemError {
  return new ProblemError({ type: 'forbidden', detail })
}

/** Naming the roles that would do is no secret: the API description has them too. */
function notAllowed(known: readonly KnownKey[], need: Need): ProblemError {
  const roles = ROLES.filter((role) => ALLOWED[role].includes(need))
  const isOfNobody = need !== 'admin' && known.every(isAdmin)
  const detail = isOfNobody
    ? 'This admin key belongs to no tenant: use a key of the tenant.'
    : `This address needs a key of another role: ${anyOf(roles)}.`
  return refused(detail)
}

function anyOf(roles: readonly string[]): string {
  return [roles.slice(0, -1).join(', '), roles.at(-1)].filter(Boolean).join(' or ')
}

function givenKey(request: Pick<Keyed, 'headers'>): string | null {
  const { authorization, 'x-api-key': apiKey } = request.headers
  if (authorization !== undefined) return BEARER.exec(authorization)?.[1] ?? null
  return typeof apiKey === 'string' && apiKey !== '' ? apiKey : null
}
