// What every process that listens is told.
import { type AdminKeys, parseAdminKeys } from '../http/admin-keys.ts'
import { type ApiKeys, NO_KEYS, parseApiKeys } from '../http/api-keys.ts'
import { type AllowedOrigins, NO_ORIGINS, parseAllowedOrigins } from '../http/cross-origin.ts'
import type { SettingsReader } from './settings-reader.ts'

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const

export type ServerSettings = {
  readonly host: string
  readonly port: number
  readonly logLevel: (typeof LOG_LEVELS)[number]
  /** Addresses of balancers whose forwarding headers are believed. */
  readonly trustProxy: readonly string[]
  readonly keys: ApiKeys
  readonly adminKeys: AdminKeys
  /** Sites whose pages may read counts. */
  readonly allowedOrigins: AllowedOrigins
  readonly shutdownTimeoutMs: number
}

export function readServerSettings(read: SettingsReader, defaultPort: number): ServerSettings {
  return {
    host: read.text('HOST', 'localhost'),
    port: read.wholeNumber('PORT', defaultPort, { least: 0, most: 65_535 }),
    logLevel: read.oneOf('LOG_LEVEL', 'warn', LOG_LEVELS),
    trustProxy: read.text('TRUST_PROXY', '').split(',').filter(Boolean),
    keys: read.parsed('API_KEYS', parseApiKeys, NO_KEYS),
    adminKeys: read.parsed('ADMIN_KEYS', parseAdminKeys, []),
    allowedOrigins: read.parsed('CORS_ORIGINS', parseAllowedOrigins, NO_ORIGINS),
    shutdownTimeoutMs: read.wholeNumber('SHUTDOWN_TIMEOUT_MS', 10_000, { least: 100, most: 600_000 }),
  }
}
