// Where Redis is, if there is one: everything works without it, slower.
import type { SettingsReader } from '../../lib/settings-reader.ts'
import { readTls, type TlsOptions } from '../../lib/tls-settings.ts'

export type RedisAccess = {
  /** `redis://[user:password@]host:port[/database]`, or `rediss://` for TLS. */
  readonly url: string
  /** Stronger than what the URL holds. */
  readonly username?: string
  readonly password?: string
  readonly tls?: TlsOptions
}

export type RedisSettings = RedisAccess | null

export function readRedisSettings(read: SettingsReader): RedisSettings {
  const url = read.parsedSecret('REDIS_URL', parseUrl, null)
  const username = read.text('REDIS_USERNAME', '')
  const password = read.secret('REDIS_PASSWORD') ?? ''
  const tls = readTls(read, 'REDIS', Date.now())
  const isGiven = username !== '' || password !== '' || tls !== null
  if (url === null) {
    if (isGiven) read.refuse('REDIS_USERNAME, REDIS_PASSWORD and REDIS_…_FILE need a REDIS_URL')
    return null
  }
  if (tls !== null && !url.startsWith('rediss:')) read.refuse('REDIS_…_FILE needs a REDIS_URL with rediss://')
  return {
    url,
    ...(username !== '' && { username }),
    ...(password !== '' && { password }),
    ...(tls !== null && { tls }),
  }
}

function parseUrl(value: string | undefined): string | null {
  if (value === undefined) return null
  if (!/^rediss?:\/\/\S+$/.test(value)) throw new Error('must be a redis:// or rediss:// URL')
  return value
}
