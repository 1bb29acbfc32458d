// What is known of an API key: never the key itself, only its digest. And what each role allows.
import { createHash } from 'node:crypto'

export const ROLES = ['write', 'read', 'full', 'admin'] as const
export type Role = (typeof ROLES)[number]

/**
 * What a route asks of a key. `send`: events and heartbeats, as pages do. `manage`: what is known of videos, which a
 * key that everybody can read in a page must not change.
 */
export type Need = 'send' | 'read' | 'manage' | 'admin'

export const ALLOWED: Readonly<Record<Role, readonly Need[]>> = {
  write: ['send'],
  read: ['read'],
  full: ['send', 'read', 'manage'],
  admin: ['send', 'read', 'manage', 'admin'],
}

export type KnownKey = {
  /** SHA-256 of the key. */
  readonly digest: Buffer
  readonly role: Role
  /** Whose videos it speaks for; null for admin keys that speak for nobody. */
  readonly tenant: string | null
  /** Pages of these origins may use it; without any, no page of another site may. */
  readonly origins: readonly string[]
  /** From then on it is refused, epoch ms; null: never. */
  readonly expiresMs: number | null
}

/** What a header or an address can carry, and no comma, which separates keys in settings. */
export const KEY = /^[\x21-\x2b\x2d-\x7e]+$/
export const TENANT = /^[A-Za-z0-9._-]{1,64}$/
export const TENANT_RULE = 'a tenant is 1–64 of A–Z a–z 0–9 . _ -'

const NAME_CHARS = 8

/**
 * Keys that we make have 192 random bits, so nobody finds one by trying, and a plain SHA-256 hides it as well as a slow
 * hash would: those protect passwords, of which there are few enough to try.
 */
export function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

/** Names a key in audit records and lists: enough to distinguish keys, and useless to anybody else. */
export function nameOfDigest(digest: Buffer): string {
  return digest.toString('hex').slice(0, NAME_CHARS)
}

/** A key of a setting: of no page, and without an end. */
export function keyOfSetting(key: string, role: Role, tenant: string | null): KnownKey {
  return { digest: digestOf(key), role, tenant, origins: [], expiresMs: null }
}
