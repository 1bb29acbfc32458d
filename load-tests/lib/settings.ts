// The settings of the scripts. All come from the environment: `k6 run -e RATE=5000 load-tests/load.ts`, or the
// flags and `-e NAME=VALUE` of `npm run load`.
import { durationMs } from './durations.ts'

export type Settings = {
  readonly script: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Events per second. */
  readonly rate: number
  readonly durationMs: number
  readonly videos: number
  /** Events per request. */
  readonly batchEvents: number
  readonly vusMax: number
  /** How long a request with an unknown outcome is retried, with the same ids. */
  readonly retryMs: number
  readonly timeout: string
  /** The files of the report are called OUT.json and OUT.html. */
  readonly out: string
}

export type Defaults = {
  readonly script: string
  readonly rate: number
  readonly duration: string
  readonly batchEvents?: number
}

const VIDEOS_MAX = 1_000
const BATCH_EVENTS_MAX = 1_000
const RATE_MAX = 10_000_000
const VUS_MAX = 100_000
/** Well within the horizon of ten minutes, beyond which an event would be late. */
const RETRY_MAX_MS = 300_000

export function readSettings({ script, rate, duration, batchEvents = 100 }: Defaults): Settings {
  const retryMs = durationMs(textOf('RETRY_FOR', '4m'))
  if (retryMs > RETRY_MAX_MS) throw new Error('RETRY_FOR must be at most 5m: older events would be late')
  const apiKey = textOf('API_KEY', '')
  return {
    script,
    url: textOf('URL', 'http://localhost:8080').replace(/\/$/, ''),
    headers: {
      'content-type': 'application/json',
      ...(apiKey !== '' && { authorization: `Bearer ${apiKey}` }),
    },
    rate: numberOf('RATE', rate, 1, RATE_MAX),
    durationMs: durationMs(textOf('DURATION', duration)),
    videos: numberOf('VIDEOS', 100, 2, VIDEOS_MAX),
    batchEvents: numberOf('BATCH', batchEvents, 1, BATCH_EVENTS_MAX),
    vusMax: numberOf('MAX_VUS', 2_000, 1, VUS_MAX),
    retryMs,
    timeout: textOf('TIMEOUT', '10s'),
    out: textOf('OUT', `${script}-summary`),
  }
}

export function textOf(name: string, fallback: string): string {
  const text = __ENV[name]
  return text === undefined || text === '' ? fallback : text
}

/** A whole number; throws an error that names the variable and its bounds. */
export function numberOf(name: string, fallback: number, least: number, most: number): number {
  const text = textOf(name, String(fallback))
  const value = Number(text)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new Error(`${name} must be a whole number from ${least} to ${most}, not "${text}"`)
}
