// The front door as a part of a process: takes events, and stores them in the log.
import type { ServerSettings } from '../../lib/http/server-settings.ts'
import type { Service } from '../../lib/http/start-service.ts'
import type { Backing } from '../../stores/backing/backing.ts'
import { registerEvents } from './events-route.ts'
import type { EventLimits } from './limits.ts'
import { prometheusMetrics } from './partitioner-metrics.ts'

export function addPartitioner(
  { app, registry, clock }: Service,
  {
    log,
    layouts,
    naming,
    rateLimit,
  }: Pick<Backing, 'layouts' | 'naming' | 'rateLimit'> & { readonly log: Pick<Backing['log'], 'append'> },
  { keys, limits }: Pick<ServerSettings, 'keys'> & { readonly limits: EventLimits },
): void {
  const metrics = prometheusMetrics(registry)
  const { sourcesFromMs } = naming
  registerEvents(app, { log, layouts, rateLimit, clock, keys, limits, sourcesFromMs, metrics })
}
