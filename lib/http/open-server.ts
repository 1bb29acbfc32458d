// The server of a process and the registry of its metrics, set up the same way for every service.
import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { tellBuild } from './build-metrics.ts'
import { loggedRequest } from './logged-request.ts'
import { timeRequests } from './request-times.ts'
import { buildServer } from './server.ts'
import type { ServerSettings } from './server-settings.ts'

export type OpenedServer = {
  readonly app: FastifyInstance
  /** For operators, at a port of its own; null if there is none. */
  readonly admin: FastifyInstance | null
  readonly registry: Registry
}

/**
 * Without routes, and not listening yet. It logs to standard error, so that standard output holds only the ready
 * line.
 */
export function openServer(settings: ServerSettings): OpenedServer {
  const { adminPort, logLevel, trustProxy, allowedHosts, pathPrefix, shutdownTimeoutMs } = settings
  const options = {
    logger: { level: logLevel, stream: process.stderr, serializers: { req: loggedRequest } },
    ...{ trustProxy, allowedHosts, closeTimeoutMs: shutdownTimeoutMs },
  }
  const app = buildServer({ ...options, pathPrefix })
  const admin = adminPort === null ? null : buildServer(options)
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  tellBuild(registry)
  timeRequests(app, registry)
  return { app, admin, registry }
}
