// Admin keys allow reading and changing what does not belong to one tenant. If no key of any kind is set, everybody
// may.
import { timingSafeEqual } from 'node:crypto'
import { type ApiKeys, digestOf, givenDigest, KEY, type Keyed } from './api-keys.ts'
import { ProblemError } from './problem.ts'

/** Digests, as those of API keys. */
export type AdminKeys = readonly Buffer[]

/** The settings that decide who is an admin. */
export type AdminAccess = { readonly adminKeys: AdminKeys; readonly keys: ApiKeys }

/** An admin's name in audit records: enough to distinguish keys, and useless to anybody else. */
const NAME_CHARS = 8

/** Reads a setting like `key,key2`. Fails with an Error that names faulty entries by their place. */
export function parseAdminKeys(setting: string | undefined): AdminKeys {
  const entries = setting === undefined ? [] : setting.split(',').map((entry) => entry.trim())
  const faults = entries.flatMap((key, at) => (KEY.test(key) ? [] : [`entry ${at + 1} is not a key`]))
  if (faults.length > 0) throw new Error(faults.join('; '))
  return entries.map(digestOf)
}

/** Whether the request carries an admin key. Fails with ProblemError `unauthorized` where it carries none at all. */
export function isAdmin(request: Keyed, { adminKeys }: Pick<AdminAccess, 'adminKeys'>): boolean {
  const digest = givenDigest(request)
  return adminKeys.filter((known) => timingSafeEqual(known, digest)).length > 0
}

/**
 * Who the admin is; null if no keys are set. Every key is compared, each in constant time. Fails with a
 * ProblemError: `unauthorized` without a key, `forbidden` with a key that is not an admin key.
 */
export function adminOf(request: Keyed, { adminKeys, keys }: AdminAccess): string | null {
  if (adminKeys.length === 0 && keys.length === 0) return null
  const digest = givenDigest(request)
  if (isAdmin(request, { adminKeys })) return digest.toString('hex').slice(0, NAME_CHARS)
  const detail =
    adminKeys.length === 0 ? 'No admin key is set: see ADMIN_KEYS.' : 'This address needs an admin key.'
  throw new ProblemError({ type: 'forbidden', detail })
}
