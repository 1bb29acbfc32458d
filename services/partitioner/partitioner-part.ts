// The front door as a part of a process: takes events, and stores them in the log.
import { Failing, type Failures } from '../../lib/failing.ts'
import { isLasting, type LastingRule, type NotReadyReason } from '../../lib/http/readiness.ts'
import type { Service } from '../../lib/http/start-service.ts'
import type { Backing } from '../../stores/backing/backing.ts'
import { isUnavailable } from '../../stores/log/log.ts'
import { registerEvents } from './events-route.ts'
import type { EventLimits } from './limits.ts'
import { LoadShedding } from './load-shedding.ts'
import { prometheusMetrics } from './partitioner-metrics.ts'

const IDLE_TURN_MS = 100
/** A balancer that turns away from it may come back after that: only events can show that they are stored again. */
const REFUSING: LastingRule = { afterMs: 1_000, untriedMs: 5_000 }

export function addPartitioner(
  { app, registry, readiness, clock, keys, stack }: Service,
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
  const refusing = new Failing(clock, isUnavailable)
  readiness.add(() => cannotStore(refusing.failures, clock.nowMs()))
  const watched: typeof log = {
    append: (lane, partition, bytes) => refusing.watch(log.append(lane, partition, bytes)),
  }
  const door = { log: watched, layouts, rateLimit, senderLimits, clock, keys, limits, sourcesFromMs }
  registerEvents(app, { ...door, metrics, shedding })
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

function cannotStore(failures: Failures | null, nowMs: number): NotReadyReason | null {
  if (!isLasting(failures, REFUSING, nowMs)) return null
  const since = new Date(failures!.sinceMs).toISOString()
  return {
    code: 'cannot_store_events',
    detail: `Nothing has taken an event since ${since}: no log and no spool.`,
  }
}
