// A system of one's own: watched where it shows its metrics, never hurt, never stopped.
import type { Target } from './target.ts'

/** @param metricsUrls of its processes; when empty, what answers at `url`/metrics */
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
