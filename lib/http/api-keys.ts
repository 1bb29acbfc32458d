// API keys say which tenant a request speaks for. Keys are off by default: then everybody is the tenant ''.
import { createHash, timingSafeEqual } from 'node:crypto'
import { ProblemError } from './problem.ts'

/** Digests instead of keys, so that all have one length for comparison and none can be printed by mistake. */
export type ApiKeys = readonly { readonly digest: Buffer; readonly tenant: string }[]

export const NO_KEYS: ApiKeys = []

/** The part of a request that carries a key. */
export type Keyed = {
  readonly headers: { readonly authorization?: string | undefined; readonly [name: string]: unknown }
}

export const KEY = /^[\x21-\x2b\x2d-\x7e]+$/
const TENANT = /^[A-Za-z0-9._-]{1,64}$/
const BEARER = /^Bearer +(\S+)$/i
const CHALLENGE = 'Bearer realm="tally"'

/**
 * Reads a setting like `key=tenant,key2=tenant2`; a key may itself end in `=`. Unset or empty means off.
 * Fails with an Error that names every faulty entry by its place, never by its text.
 */
export function parseApiKeys(setting: string | undefined): ApiKeys {
  if (setting === undefined || setting.trim() === '') return NO_KEYS
  const faults: string[] = []
  const seen = new Set<string>()
  const keys = setting.split(',').map((entry, at) => {
    const split = entry.lastIndexOf('=')
    const key = entry.slice(0, Math.max(split, 0)).trim()
    const tenant = entry.slice(split + 1).trim()
    if (!KEY.test(key)) faults.push(`entry ${at + 1} is not of the form key=tenant`)
    else if (!TENANT.test(tenant)) faults.push(`entry ${at + 1}: a tenant is 1–64 of A–Z a–z 0–9 . _ -`)
    if (seen.has(key)) faults.push(`entry ${at + 1} repeats an earlier key`)
    seen.add(key)
    return { digest: digestOf(key), tenant }
  })
  if (faults.length > 0) throw new Error(faults.join('; '))
  return keys
}

/**
 * The tenant that a request speaks for, from `Authorization: Bearer` or `x-api-key`. All keys are compared,
 * each in constant time. Fails with a ProblemError: `unauthorized` without a key, `forbidden` with an unknown
 * one.
 */
export function tenantOf(request: Keyed, keys: ApiKeys): string {
  if (keys.length === 0) return ''
  const digest = givenDigest(request)
  let tenant: string | null = null
  for (const key of keys) if (timingSafeEqual(key.digest, digest)) tenant = key.tenant
  if (tenant === null) throw new ProblemError({ type: 'forbidden', detail: 'This API key is unknown.' })
  return tenant
}

/** The digest of the key that a request carries. Fails with ProblemError `unauthorized` where there is none. */
export function givenDigest(request: Keyed): Buffer {
  const given = givenKey(request)
  if (given !== null) return digestOf(given)
  throw new ProblemError({
    type: 'unauthorized',
    detail: 'Send an API key as "Authorization: Bearer <key>" or "x-api-key: <key>".',
    headers: { 'www-authenticate': CHALLENGE },
  })
}

function givenKey(request: Keyed): string | null {
  const { authorization, 'x-api-key': apiKey } = request.headers
  if (authorization !== undefined) return BEARER.exec(authorization)?.[1] ?? null
  return typeof apiKey === 'string' && apiKey !== '' ? apiKey : null
}

export function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}
