// The settings of every process that listens.

import { join } from 'node:path'
import type { SettingsReader } from '../settings-reader.ts'
import { NO_PROXIES, parseTrustedProxies, type TrustedProxies } from './client-address.ts'
import { type AllowedOrigins, NO_ORIGINS, parseAllowedOrigins } from './cross-origin.ts'
import { type AllowedHosts, NO_HOSTS, parseAllowedHosts } from './hosts.ts'
import { parseAdminKeys } from './keys/admin-keys.ts'
import { parseApiKeys } from './keys/api-keys.ts'
import { BAD_KEYS } from './keys/bad-keys.ts'
import type { KnownKey } from './keys/known-key.ts'
import { parseShareSecrets } from './keys/share-links.ts'
import { LOG_LEVELS } from './log-level.ts'
import { parsePathPrefix } from './path-prefix.ts'
import { readTracesSettings, type TracesSettings } from './traces-settings.ts'

/** Of what runs everything in one process. */
const DEFAULT_DATA_DIRECTORY = './data'

export type ServerSettings = {
  readonly host: string
  readonly port: number
  /** Of metrics and of what is for operators of this process; null: metrics are at `port`, the rest is nowhere. */
  readonly adminPort: number | null
  readonly logLevel: (typeof LOG_LEVELS)[number]
  /** Addresses of balancers whose forwarding headers are believed. */
  readonly trustProxy: TrustedProxies
  /** Host names that it answers to, besides addresses and localhost. */
  readonly allowedHosts: AllowedHosts
  /** What the process keeps on its own disk. */
  readonly dataDirectory: string
  readonly apiKeys: readonly KnownKey[]
  readonly adminKeys: readonly KnownKey[]
  /** Further keys, which may change while the process runs. */
  readonly keysFile: string
  /** What share links are signed with; none: what the deployment has anyway. */
  readonly shareSecrets: readonly Buffer[]
  /** Of each client address; null: no limit. */
  readonly badKeysPerMinuteMax: number | null
  /** Sites whose pages may read counts. */
  readonly allowedOrigins: AllowedOrigins
  /** Addresses are served below it too. */
  readonly pathPrefix: string
  readonly shutdownTimeoutMs: number
  /** Before it stops, how long it still takes requests while it says that it is not ready. */
  readonly drainMs: number
  /** Null: none. */
  readonly traces: TracesSettings | null
}

/** For a balancer that looks at /health/ready every two seconds and believes the second look. */
export const BALANCED_DRAIN_MS = 5_000

export type ServerDefaults = {
  readonly dataDirectory?: string
  /** Default: 0, for what no balancer looks at. */
  readonly drainMs?: number
}

export function readServerSettings(
  read: SettingsReader,
  defaultPort: number,
  { dataDirectory: ownDirectory = DEFAULT_DATA_DIRECTORY, drainMs = 0 }: ServerDefaults = {},
): ServerSettings {
  const host = read.text('HOST', 'localhost')
  const dataDirectory = read.text('DATA_DIR', ownDirectory)
  const adminPort = read.wholeNumber('ADMIN_PORT', 0, { least: 0, most: 65_535 })
  const badKeys = read.wholeNumber('BAD_KEYS_PER_MINUTE_MAX', BAD_KEYS.perMinuteMax, { least: 0, most: 1e6 })
  return {
    host,
    port: read.wholeNumber('PORT', defaultPort, { least: 0, most: 65_535 }),
    adminPort: adminPort === 0 ? null : adminPort,
    logLevel: read.oneOf('LOG_LEVEL', 'warn', LOG_LEVELS),
    trustProxy: read.parsed('TRUST_PROXY', parseTrustedProxies, NO_PROXIES),
    allowedHosts: withHost(read.parsed('ALLOWED_HOSTS', parseAllowedHosts, NO_HOSTS), host),
    apiKeys: read.parsedSecret('API_KEYS', parseApiKeys, []),
    adminKeys: read.parsedSecret('ADMIN_KEYS', parseAdminKeys, []),
    dataDirectory,
    keysFile: readKeysFilePath(read, dataDirectory),
    shareSecrets: read.parsedSecret('SHARE_SECRETS', parseShareSecrets, []),
    badKeysPerMinuteMax: badKeys === 0 ? null : badKeys,
    allowedOrigins: read.parsed('CORS_ORIGINS', parseAllowedOrigins, NO_ORIGINS),
    pathPrefix: read.parsed('PATH_PREFIX', parsePathPrefix, ''),
    shutdownTimeoutMs: read.wholeNumber('SHUTDOWN_TIMEOUT_MS', 10_000, { least: 100, most: 600_000 }),
    drainMs: read.wholeNumber('DRAIN_MS', drainMs, { least: 0, most: 600_000 }),
    traces: readTracesSettings(read),
  }
}

/** Also for the command that writes the file. */
export function readKeysFilePath(
  read: SettingsReader,
  dataDirectory = read.text('DATA_DIR', DEFAULT_DATA_DIRECTORY),
): string {
  return read.text('KEYS_FILE', join(dataDirectory, 'keys.json'))
}

/** A server that listens on a host name also answers to that name. */
function withHost(allowed: AllowedHosts, host: string): AllowedHosts {
  return allowed === 'all' ? allowed : new Set([...allowed, host.toLowerCase()])
}
