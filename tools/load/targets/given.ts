// An existing system: monitored if it shows its metrics; no faults, never stopped.
import type { Target } from './target.ts'

/** @param metricsUrls of its processes; by default `url`/metrics */
export function givenTarget(url: string, metricsUrls: readonly string[]): Target {
  const urls = metricsUrls.length > 0 ? metricsUrls : [`${url.replace(/\/$/, '')}/metrics`]
  return {
    name: url,
    url,
    watched: urls.map((metricsUrl) => ({
      name: urls.length === 1 ? 'system' : new URL(metricsUrl).host,
      metricsUrl,
      pid: async () => null,
    })),
    faults: [],
    crashed: new AbortController().signal,
    stop: async () => {},
  }
}
