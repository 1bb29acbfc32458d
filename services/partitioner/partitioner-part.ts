// The front door as a part of a process: takes events, and stores them in the log.
import type { Service } from '../../lib/http/start-service.ts'
import type { Backing } from '../../stores/backing/backing.ts'
import { registerEvents } from './events-route.ts'
import { registerLayouts } from './layouts/layout-routes.ts'
import type { EventLimits } from './limits.ts'
import { LoadShedding } from './load-shedding.ts'
import { prometheusMetrics } from './partitioner-metrics.ts'

const IDLE_TURN_MS = 100

export function addPartitioner(
  { app, registry, clock, keys, stack }: Service,
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
  const shedding = new LoadShedding()
  stack.defer(countTurns(shedding))
  const door = { log, layouts, rateLimit, senderLimits, clock, keys, limits, sourcesFromMs }
  registerEvents(app, { ...door, metrics, shedding })
  registerLayouts(app, { layouts, clock, keys })
}

/** Tells it how long each turn of the event loop took, an idle one this long. Returns what ends it. */
function countTurns(shedding: LoadShedding): () => void {
  let lastMs = performance.now()
  const timer = setInterval(() => {
    const nowMs = performance.now()
    shedding.turned(nowMs - lastMs)
    lastMs = nowMs
  }, IDLE_TURN_MS).unref()
  return () => clearInterval(timer)
}
