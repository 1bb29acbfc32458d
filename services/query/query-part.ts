// The answers as a part of a process: statistics, lists, live counts, what videos are called, dead letters, the page.
import { allowOrigins } from '../../lib/http/cross-origin.ts'
import type { QueryRate } from '../../lib/http/query-rate.ts'
import type { ServerSettings } from '../../lib/http/server-settings.ts'
import type { Service } from '../../lib/http/start-service.ts'
import { inBackground } from '../../lib/opening.ts'
import { type Traces, traced } from '../../lib/traces.ts'
import type { Backing } from '../../stores/backing/backing.ts'
import { registerDashboard } from '../dashboard/dashboard.ts'
import { registerManual } from '../docs/register.ts'
import { serveDeadLetters } from '../partitioner/dead-letters/dead-letters-part.ts'
import type { EventLimits } from '../partitioner/limits.ts'
import { RecentHistory } from './audit/recent-history.ts'
import { registerHistory } from './audit/recent-history-route.ts'
import { registerChannels } from './channel-route.ts'
import { registerChannelUniques } from './channel-uniques-route.ts'
import type { FromArchive } from './deps.ts'
import { registerKey } from './key-route.ts'
import { LiveCounts } from './live/live-counts.ts'
import type { LiveLimits } from './live/live-limits.ts'
import { liveMetrics } from './live/live-metrics.ts'
import { registerLive } from './live/live-route.ts'
import { queryMetrics } from './query-metrics.ts'
import { registerQueries } from './query-routes.ts'
import { type Answers, type AnswersBacking, answersFrom, type HowFar } from './read/answers.ts'
import { registerShare, shareSecretOf } from './share-route.ts'
import { registerTops } from './tops/top-route.ts'
import { registerUniques } from './uniques-route.ts'
import { registerAnnotations } from './videos/annotation-routes.ts'
import { registerVideos } from './videos/video-routes.ts'
import { registerViewers } from './viewers-route.ts'

export type QueryBacking = AnswersBacking &
  Pick<
    Backing,
    'log' | 'layouts' | 'naming' | 'journal' | 'uniques' | 'videos' | 'changes' | 'tops' | 'viewers'
  >

export type QueryPartSettings = Pick<ServerSettings, 'allowedOrigins'> & {
  /** What the front door keeps to: replayed dead letters take its way. */
  readonly limits: EventLimits
  readonly live: LiveLimits
  /** How old an event may be, by log time, and still change an answer. */
  readonly horizonMs: number
}

const ROLLUP_READS = ['readRollups', 'firstRollup', 'rollupTypes', 'readHours'] as const

export function addQueries(
  service: Service,
  backing: QueryBacking,
  settings: QueryPartSettings,
  howFar: HowFar,
  rate: QueryRate,
  fromArchive?: FromArchive,
): Answers {
  const { app, registry, clock, keys, traces } = service
  const { log, layouts, naming, journal, videos, changes, tops, viewers } = backing
  const uniques = traced(traces, 'uniques', backing.uniques, ['read'])
  const { limits, live } = settings
  keys.links.useUnlessSet(shareSecretOf(naming))
  const answers = answersFrom(tracedStores(backing, traces), service, howFar, settings.horizonMs)
  inBackground(service, answers.followClock)
  const metrics = queryMetrics(registry)
  const deps = {
    ...{ ...answers, clock, keys, rate, videos, traces, metrics },
    ...(fromArchive !== undefined && { fromArchive }),
  }
  allowOrigins(app, settings.allowedOrigins)
  registerQueries(app, deps)
  registerChannels(app, deps)
  const history = new RecentHistory(deps)
  inBackground(service, (stopping) => history.follow(stopping))
  registerHistory(app, { ...deps, history })
  registerTops(app, { ...deps, tops })
  registerViewers(app, { ...deps, viewers })
  registerUniques(app, { ...deps, uniques })
  registerChannelUniques(app, { ...deps, uniques })
  const watched = liveMetrics(registry)
  const counts = new LiveCounts({ ...deps, past: deps.counts, changes, viewers, metrics: watched })
  registerLive(app, { counts, keys, limits: live, rate, metrics: watched, clock })
  registerVideos(app, { videos, keys, rate })
  registerAnnotations(app, { videos, keys, rate })
  registerShare(app, { keys, clock, rate })
  registerKey(app, { keys, rate })
  const { sourcesFromMs } = naming
  serveDeadLetters(app, registry, keys, rate, { log, journal, layouts, clock, limits, sourcesFromMs })
  registerDashboard(app)
  registerManual(app)
  return answers
}

/** Those that a question waits for are told of. */
function tracedStores(backing: QueryBacking, traces: Traces): QueryBacking {
  return {
    ...backing,
    counts: traced(traces, 'counts', backing.counts, ['read', 'types', 'firstMinute', 'checkpoints']),
    rollups: traced(traces, 'rollups', backing.rollups, ROLLUP_READS),
  }
}
