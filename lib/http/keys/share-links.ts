// Links that show one video or channel to whoever has them. A link is a token, signed with HMAC-SHA256, which says what
// it shows, of which tenant, until when, and which key made it. No link is stored: every process that has the secret
// takes it.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { jsonValue } from '../../json-value.ts'

/** What a link shows. */
export type Shown = { readonly videoId: string } | { readonly channelId: string }

export type ShareLink = {
  readonly tenant: string
  readonly shows: Shown
  readonly expiresMs: number
  /** The key that made it, under a name that only whoever has the secret can tell; null where keys were off. */
  readonly madeBy: string | null
}

/** Those that are set: the first one signs, links under the second one are still taken. */
export const SECRETS_MAX = 2
const SECRET_CHARS_MIN = 32

/** 256 bits in base64url are 43 characters. What is signed is the text itself, with its prefix. */
const TOKEN = /^(share_[A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})$/
const PREFIX = 'share_'
/** A signed text begins with the prefix of tokens, so no name of a key is the signature of one. */
const KEY_NAME = 'key '
const KEY_NAME_CHARS = 16

export function isShareToken(text: string): boolean {
  return text.startsWith(PREFIX) && TOKEN.test(text)
}

export class ShareLinks {
  #secrets: readonly Buffer[]

  constructor(secrets: readonly Buffer[] = []) {
    this.#secrets = secrets
  }

  /** Takes the secret that the deployment has anyway, where none is set. */
  useUnlessSet(secret: Buffer): void {
    if (this.#secrets.length === 0) this.#secrets = [secret]
  }

  /** `keyDigest` is that of the key which makes the link. Fails without a secret. */
  sign(link: Omit<ShareLink, 'madeBy'>, keyDigest: Buffer | null): string {
    const [secret] = this.#secrets
    if (secret === undefined) throw new Error('there is no secret to sign links with')
    const madeBy = keyDigest === null ? null : keyName(secret, keyDigest)
    const { tenant, shows, expiresMs } = link
    const text = JSON.stringify({ tenant, ...shows, expiresMs, madeBy })
    const signed = PREFIX + Buffer.from(text).toString('base64url')
    return `${signed}.${signatureOf(secret, signed)}`
  }

  /** Null if it was not signed here, or is not as it was signed. Whether it still holds is another question. */
  read(token: string): ShareLink | null {
    const [, signed, signature] = TOKEN.exec(token) ?? []
    if (signed === undefined || signature === undefined) return null
    if (!this.#secrets.some((secret) => areEqual(signatureOf(secret, signed), signature))) return null
    return linkOf(Buffer.from(signed.slice(PREFIX.length), 'base64url').toString())
  }

  /** What `madeBy` is in links that the key made. */
  namesOf(keyDigest: Buffer): readonly string[] {
    return this.#secrets.map((secret) => keyName(secret, keyDigest))
  }
}

/** Whether the link shows this; null: what no link shows. */
export function showsSame(shows: Shown, asked: Shown | null): boolean {
  if (asked === null) return false
  if ('videoId' in shows) return 'videoId' in asked && shows.videoId === asked.videoId
  return 'channelId' in asked && shows.channelId === asked.channelId
}

/** Reads a setting like `secret` or `new,old`. Fails with an Error that names no secret. */
export function parseShareSecrets(setting: string | undefined): readonly Buffer[] {
  const secrets = setting === undefined ? [] : setting.split(',').map((secret) => secret.trim())
  const isShort = secrets.some(({ length }) => length < SECRET_CHARS_MIN)
  if (secrets.length <= SECRETS_MAX && !isShort) return secrets.map((secret) => Buffer.from(secret))
  const rule = 'must be one secret, or the new and the old one with a comma between them'
  throw new Error(`${rule}, each of at least ${SECRET_CHARS_MIN} characters`)
}

function signatureOf(secret: Buffer, signed: string): string {
  return createHmac('sha256', secret).update(signed).digest('base64url')
}

function keyName(secret: Buffer, digest: Buffer): string {
  const name = createHmac('sha256', secret).update(KEY_NAME).update(digest).digest('base64url')
  return name.slice(0, KEY_NAME_CHARS)
}

/** In constant time; both are signatures, of the same length. */
function areEqual(expected: string, given: string): boolean {
  return timingSafeEqual(Buffer.from(expected), Buffer.from(given))
}

/** Of a text that was signed; one of a later version may not be understood. */
function linkOf(text: string): ShareLink | null {
  const given = (jsonValue(text) ?? {}) as Readonly<Record<string, unknown>>
  const { tenant, videoId, channelId, expiresMs, madeBy } = given
  if (typeof tenant !== 'string' || typeof expiresMs !== 'number') return null
  if (madeBy !== null && typeof madeBy !== 'string') return null
  if (typeof videoId === 'string') return { tenant, shows: { videoId }, expiresMs, madeBy }
  return typeof channelId === 'string' ? { tenant, shows: { channelId }, expiresMs, madeBy } : null
}
