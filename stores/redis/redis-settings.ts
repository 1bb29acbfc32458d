// Where Redis is, if there is one: everything works without it, slower.
import type { SettingsReader } from '../../lib/settings-reader.ts'

export type RedisSettings = { readonly url: string } | null

export function readRedisSettings(read: SettingsReader): RedisSettings {
  return read.parsed('REDIS_URL', parseUrl, null)
}

function parseUrl(value: string | undefined): RedisSettings {
  if (value === undefined) return null
  if (!/^rediss?:\/\/\S+$/.test(value)) throw new Error('must be a redis:// or rediss:// URL')
  return { url: value }
}
