// Where traces go, and how many: by the names that OpenTelemetry gives these settings.
import type { SettingsReader } from '../settings-reader.ts'

export type TracesSettings = {
  /** Of a collector that takes OTLP over HTTP; without the path. */
  readonly endpoint: string
  /** Of requests that do not say it themselves, or may not, the share that is told, from 0 to 1. */
  readonly share: number
}

/** Few enough for a busy door. */
const DEFAULT_SHARE = 0.01

/** Null: no traces. */
export function readTracesSettings(read: SettingsReader): TracesSettings | null {
  const endpoint = read.parsed('OTEL_EXPORTER_OTLP_ENDPOINT', parseEndpoint, null)
  const share = read.parsed('OTEL_TRACES_SAMPLER_ARG', parseShare, DEFAULT_SHARE)
  return endpoint === null ? null : { endpoint, share }
}

function parseEndpoint(value: string | undefined): string | null {
  if (value === undefined) return null
  if (/^https?:$/.test(URL.parse(value)?.protocol ?? '')) return value.replace(/\/$/, '')
  throw new Error('must be an http:// or https:// URL')
}

function parseShare(value = String(DEFAULT_SHARE)): number {
  const share = Number(value)
  if (/^[\d.]+$/.test(value) && share >= 0 && share <= 1) return share
  throw new Error(`must be a number from 0 to 1, not ${JSON.stringify(value)}`)
}
