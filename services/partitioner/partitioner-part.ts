// The front door as a part of a process: takes events, and stores them in the log.
import type { Service } from '../../lib/http/start-service.ts'
import type { Backing } from '../../stores/backing/backing.ts'
import { registerEvents } from './events-route.ts'
import type { EventLimits } from './limits.ts'
import { prometheusMetrics } from './partitioner-metrics.ts'

export function addPartitioner(
  { app, registry, clock, keys }: Service,
  {
    log,
    layouts,
    naming,
    rateLimit,
    senderLimits,
  }: Pick<Backing, 'layouts' | 'naming' | 'rateLimit' | 'senderLimits'> & {
    readonly log: Pick<Backing['log'], 'append'>
  },
  { limits }: { readonly limits: EventLimits },
): void {
  const metrics = prometheusMetrics(registry)
  const { sourcesFromMs } = naming
  registerEvents(app, { log, layouts, rateLimit, senderLimits, clock, keys, limits, sourcesFromMs, metrics })
}
