// The settings of every process that listens.

import type { SettingsReader } from '../settings-reader.ts'
import { type AdminKeys, parseAdminKeys } from './admin-keys.ts'
import { type ApiKeys, NO_KEYS, parseApiKeys } from './api-keys.ts'
import { NO_PROXIES, parseTrustedProxies, type TrustedProxies } from './client-address.ts'
import { type AllowedOrigins, NO_ORIGINS, parseAllowedOrigins } from './cross-origin.ts'
import { type AllowedHosts, NO_HOSTS, parseAllowedHosts } from './hosts.ts'

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const

export type ServerSettings = {
  readonly host: string
  readonly port: number
  readonly logLevel: (typeof LOG_LEVELS)[number]
  /** Addresses of balancers whose forwarding headers are believed. */
  readonly trustProxy: TrustedProxies
  /** Host names that it answers to, besides addresses and localhost. */
  readonly allowedHosts: AllowedHosts
  readonly keys: ApiKeys
  readonly adminKeys: AdminKeys
  /** Sites whose pages may read counts. */
  readonly allowedOrigins: AllowedOrigins
  readonly shutdownTimeoutMs: number
}

export function readServerSettings(read: SettingsReader, defaultPort: number): ServerSettings {
  const host = read.text('HOST', 'localhost')
  return {
    host,
    port: read.wholeNumber('PORT', defaultPort, { least: 0, most: 65_535 }),
    logLevel: read.oneOf('LOG_LEVEL', 'warn', LOG_LEVELS),
    trustProxy: read.parsed('TRUST_PROXY', parseTrustedProxies, NO_PROXIES),
    allowedHosts: withHost(read.parsed('ALLOWED_HOSTS', parseAllowedHosts, NO_HOSTS), host),
    keys: read.parsed('API_KEYS', parseApiKeys, NO_KEYS),
    adminKeys: read.parsed('ADMIN_KEYS', parseAdminKeys, []),
    allowedOrigins: read.parsed('CORS_ORIGINS', parseAllowedOrigins, NO_ORIGINS),
    shutdownTimeoutMs: read.wholeNumber('SHUTDOWN_TIMEOUT_MS', 10_000, { least: 100, most: 600_000 }),
  }
}

/** A server that listens on a host name also answers to that name. */
function withHost(allowed: AllowedHosts, host: string): AllowedHosts {
  return allowed === 'all' ? allowed : new Set([...allowed, host.toLowerCase()])
}
