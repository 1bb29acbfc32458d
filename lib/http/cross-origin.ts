// Lets pages of other sites read without credentials: counts for embedded counters, nothing else.
import type { FastifyInstance } from 'fastify'

/** `all`, or the origins that may. */
export type AllowedOrigins = 'all' | ReadonlySet<string>

export const NO_ORIGINS: AllowedOrigins = new Set()

const READABLE_ROUTES = new Set(['/v1/videos/:videoId/stats', '/v1/videos/:videoId/summary', '/v1/live'])

/** Reads a setting like `https://a.example,https://b.example`, or `*`. Fails with an Error that names what is wrong. */
export function parseAllowedOrigins(setting: string | undefined): AllowedOrigins {
  if (setting === undefined) return NO_ORIGINS
  if (setting === '*') return 'all'
  const origins = setting.split(',').map((entry) => entry.trim())
  const faults = origins.filter((origin) => !URL.canParse(origin) || new URL(origin).origin !== origin)
  if (faults.length > 0) {
    throw new Error(
      `${faults.map((fault) => JSON.stringify(fault)).join(', ')}: must be * or origins like https://a.example`,
    )
  }
  return new Set(origins)
}

/**
 * Answers of the readable routes name the asking origin where it is allowed. No header of a request is allowed beyond
 * the harmless ones, so a page of another site can neither send an API key nor write.
 */
export function allowOrigins(app: FastifyInstance, allowed: AllowedOrigins): void {
  if (allowed !== 'all' && allowed.size === 0) return
  app.addHook('onRequest', async ({ method, headers: { origin }, routeOptions: { url } }, reply) => {
    if (method !== 'GET' || url === undefined || !READABLE_ROUTES.has(url)) return
    // Set on the raw answer, because event streams bypass the framework.
    if (allowed === 'all') reply.raw.setHeader('access-control-allow-origin', '*')
    else if (origin !== undefined && allowed.has(origin)) {
      reply.raw.setHeader('access-control-allow-origin', origin) // these answers are `no-store`: no cache mixes them up
    }
  })
}
