// The front door as a part of a process: takes events, and stores them in the log.
import { Failing, type Failures } from '../../lib/failing.ts'
import { isLasting, type LastingRule, type NotReadyReason } from '../../lib/http/readiness.ts'
import type { Service } from '../../lib/http/start-service.ts'
import { inBackground } from '../../lib/opening.ts'
import { minuteText } from '../../lib/time-text.ts'
import type { Layout } from '../../model/layout.ts'
import type { Backing } from '../../stores/backing/backing.ts'
import { isUnavailable } from '../../stores/log/log.ts'
import { registerEvents } from './events-route.ts'
import { HotVideos } from './hot-videos/hot-videos.ts'
import type { SplitRule } from './hot-videos/split-policy.ts'
import { registerLayouts } from './layouts/layout-routes.ts'
import type { EventLimits } from './limits.ts'
import { LoadShedding } from './load-shedding.ts'
import { prometheusMetrics } from './partitioner-metrics.ts'
import type { Packing } from './threads/packing.ts'
import type { ViewerRules } from './viewer.ts'

type Appender = Pick<Backing['log'], 'append'>

type DoorSettings = {
  readonly limits: EventLimits
  readonly hotVideos: SplitRule | null
  readonly viewers: ViewerRules
}

const IDLE_TURN_MS = 100
/** A balancer that turns away from it may come back after that: only events can show that they are stored again. */
const REFUSING: LastingRule = { afterMs: 1_000, untriedMs: 5_000 }

export function addPartitioner(
  service: Service,
  {
    log,
    layouts,
    naming,
    rateLimit,
    senderLimits,
    rates,
    unrouted,
    packing,
  }: Pick<Backing, 'layouts' | 'naming' | 'rateLimit' | 'senderLimits' | 'rates'> & {
    readonly log: Appender
    /** Missing: every layout is known. */
    readonly unrouted?: Appender
    /** Missing: every body is read by this thread. */
    readonly packing?: Packing | null
  },
  { limits, hotVideos: rule, viewers }: DoorSettings,
): void {
  const { app, registry, readiness, clock, keys, stack, traces } = service
  const metrics = prometheusMetrics(registry)
  const { sourcesFromMs } = naming
  const shedding = new LoadShedding()
  stack.defer(countTurns(shedding, packing ?? null))
  const refusing = new Failing(clock, isUnavailable)
  readiness.add(() => cannotStore(refusing.failures, clock.nowMs()))
  const watched = (appender: Appender): Appender => ({
    append: (...record) => refusing.watch(appender.append(...record)),
  })
  const kept = unrouted && { unrouted: watched(unrouted) }
  const door = {
    log: watched(log),
    ...kept,
    layouts,
    rateLimit,
    senderLimits,
    clock,
    keys,
    limits,
    sourcesFromMs,
    viewers,
  }
  const hotVideos = rule === null ? null : splitHotVideos(service, { layouts, rates }, rule)
  registerEvents(app, {
    ...{ ...door, metrics, shedding, traces },
    ...(hotVideos !== null && { hotVideos }),
    ...(packing != null && { packing }),
  })
  registerLayouts(app, { layouts, clock, keys })
}

function splitHotVideos(
  service: Service,
  backing: Pick<Backing, 'layouts' | 'rates'>,
  rule: SplitRule,
): Pick<HotVideos, 'note'> {
  const { clock, logger } = service
  const onSplit = ({ version, fromMinute, splits }: Layout) => {
    logger.info({ splits: Object.fromEntries(splits) }, `layout ${version}, from ${minuteText(fromMinute)}`)
  }
  const onError = (err: unknown) => logger.warn({ err }, 'could not split hot videos, will try again')
  const hotVideos = new HotVideos({ ...backing, clock, onSplit, onError }, rule)
  inBackground(service, (signal) => hotVideos.follow(signal))
  return hotVideos
}

/**
 * Tells it how long each turn of the event loop took, an idle one this long; what waits in other threads counts as one
 * too. Returns what ends it.
 */
function countTurns(shedding: LoadShedding, packing: Packing | null): () => void {
  let lastMs = performance.now()
  const timer = setInterval(() => {
    const nowMs = performance.now()
    shedding.turned(Math.max(nowMs - lastMs, packing?.waitedMs ?? 0))
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
