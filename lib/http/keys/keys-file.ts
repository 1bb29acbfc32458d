// The form of the keys file: what each key is for, and its SHA-256, never the key. It ends in a checksum over the keys,
// so that a damaged file is refused and never read as other keys. Pure.
import { createHash } from 'node:crypto'
import { Fault } from '../../fault.ts'
import { jsonValue } from '../../json-value.ts'
import { isOriginPattern } from '../origins.ts'
import { type KnownKey, nameOfDigest, ROLES, type Role, TENANT } from './known-key.ts'

export type FiledKey = {
  /** SHA-256 of the key, in hex. */
  readonly sha256: string
  readonly role: Role
  readonly tenant: string | null
  readonly origins: readonly string[]
  /** What people call it. */
  readonly note: string
  /** RFC 3339, as all times here. */
  readonly createdAt: string
  readonly expiresAt: string | null
  readonly revokedAt: string | null
}

export class KeysFileFault extends Fault {
  override readonly name = 'KeysFileFault'
}

export const KEYS_FILE_BYTES_MAX = 16 << 20
const FORMAT = 1
const SHA256 = /^[0-9a-f]{64}$/

/** Fails with a KeysFileFault whose message continues a sentence about the file. */
export function parseKeysFile(text: string): readonly FiledKey[] {
  const file = jsonValue(text)
  if (!isObject(file) || !Array.isArray(file.keys)) throw new KeysFileFault('is not a file of keys')
  const { format, keys, checksum } = file
  if (typeof format === 'number' && format > FORMAT) {
    throw new KeysFileFault(`was written by a newer version (format ${format}, this one knows ${FORMAT})`)
  }
  if (format !== FORMAT || checksum !== checksumOf(keys)) {
    throw new KeysFileFault('does not match its checksum; only `npm run keys` may write it')
  }
  const faulty = keys.findIndex((key) => !isFiledKey(key))
  if (faulty >= 0) throw new KeysFileFault(`holds something that is not a key, as its entry ${faulty + 1}`)
  return keys
}

export function keysFileText(keys: readonly FiledKey[]): string {
  return `${JSON.stringify({ format: FORMAT, keys, checksum: checksumOf(keys) }, null, 2)}\n`
}

/** Those that are not revoked. */
export function keysInForce(filed: readonly FiledKey[]): readonly KnownKey[] {
  return filed
    .filter(({ revokedAt }) => revokedAt === null)
    .map(({ sha256, role, tenant, origins, expiresAt }) => ({
      ...{ digest: Buffer.from(sha256, 'hex'), role, tenant, origins },
      expiresMs: expiresAt === null ? null : Date.parse(expiresAt),
    }))
}

export function nameOfFiled({ sha256 }: FiledKey): string {
  return nameOfDigest(Buffer.from(sha256, 'hex'))
}

function checksumOf(keys: unknown): string {
  return createHash('sha256').update(JSON.stringify(keys)).digest('hex')
}

function isFiledKey(value: unknown): value is FiledKey {
  if (!isObject(value)) return false
  const { sha256, role, tenant, origins, note, createdAt, expiresAt, revokedAt } = value
  const isOfTenant = typeof tenant === 'string' && (tenant === '' || TENANT.test(tenant))
  return (
    typeof sha256 === 'string' &&
    SHA256.test(sha256) &&
    ROLES.some((known) => known === role) &&
    (isOfTenant || (tenant === null && role === 'admin')) &&
    Array.isArray(origins) &&
    origins.every(isOriginPattern) &&
    typeof note === 'string' &&
    isTime(createdAt) &&
    [expiresAt, revokedAt].every((time) => time === null || isTime(time))
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value))
}
