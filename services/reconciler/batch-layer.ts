// Composes the batch layer for any process that runs it: archive, recounts, audits, purging and the probe.
import type { FastifyBaseLogger } from 'fastify'
import type { Registry } from 'prom-client'
import type { Clock } from '../../lib/clock.ts'
import type { NotReadyReason } from '../../lib/http/readiness.ts'
import { retryLogger } from '../../lib/logging.ts'
import { MINUTE_MS, MINUTES_PER_HOUR, type Series } from '../../model/bucket.ts'
import {
  type Archive,
  type ArchiveKeeper,
  inTimeOf,
  type RecordArchive,
} from '../../stores/archive/archive.ts'
import type { Journal } from '../../stores/counts/journal.ts'
import type { HourAudit, RollupReader, RollupWriter } from '../../stores/counts/rollups.ts'
import { EVENT_LANES, type Log, type Source } from '../../stores/log/log.ts'
import type { Plans } from '../../stores/plans/plans.ts'
import type { Uniques } from '../../stores/uniques/uniques.ts'
import type { VideoWriter } from '../../stores/videos/videos.ts'
import {
  type KeepingPorts,
  type KeepingSettings,
  purgeOld,
  rollUpRecounted,
} from './archiving/archive-maintenance.ts'
import { Archived, type ArchivedPorts } from './archiving/archived.ts'
import { batchReasons } from './batch-readiness.ts'
import type { Removals } from './operators/admin-acts.ts'
import type { ClearingPorts } from './operators/clear-counts.ts'
import type { SitePorts } from './operators/clear-sites.ts'
import type { ImportDeps } from './operators/imports.ts'
import { Privacy } from './operators/privacy.ts'
import { probeAtIntervals } from './probe/prober.ts'
import type { ProbedClient } from './probe/weak-audit-probe.ts'
import { Reconciler } from './reconciler.ts'
import { type ReconcilerMetrics, reconcilerMetrics } from './reconciler-metrics.ts'
import type { BatchSettings } from './reconciler-settings.ts'
import type { Sharing } from './recount/carry-out.ts'
import type { Window } from './recount/due-hours.ts'
import { openedAgain } from './recount/due-hours.ts'
import type { RunReport } from './recount/reconcile.ts'

export type BatchDeps = {
  readonly log: Log
  readonly archive: Archive &
    Omit<ArchiveKeeper, 'exportRaw'> &
    KeepingPorts['archive'] &
    SitePorts['archive']
  readonly records: RecordArchive
  readonly counts: ClearingPorts['counts']
  /** Gets the viewers of every archived event. */
  readonly uniques: Uniques
  readonly rollups: RollupReader & RollupWriter
  readonly journal: Journal
  readonly videos: Pick<VideoWriter, 'remove'>
  /** Of the recounts that processes share; null where there is one process. */
  readonly plans: Plans | null
  readonly forget: (series: readonly Series[]) => Promise<void>
  /** Up to when the counts hold everything that the log took, over all sources; epoch ms. */
  readonly countedAsOfMs: () => Promise<number>
  /** Called after each run with the minute before which everything is recounted. */
  readonly onRecounted?: (closedTo: number) => Promise<void>
  /** See ImportDeps. */
  readonly onImported?: () => Promise<void>
  /** See Naming. */
  readonly sourcesFromMs: number
  readonly clock: Clock
  readonly logger: FastifyBaseLogger
  readonly registry: Registry
} & Pick<ArchivedPorts, 'handedOver'>

export class BatchLayer {
  readonly reconciler: Reconciler
  readonly privacy: Privacy
  readonly #deps: BatchDeps
  readonly #settings: BatchSettings
  readonly #metrics: ReconcilerMetrics
  /** Of all lanes, and of what waits with partitioners: late events come to hours that closed long ago. */
  readonly #archived: Archived
  readonly #removals = (fromMinute: number): Promise<Removals> => this.privacy.acts.removals(fromMinute)
  readonly #stopping = new AbortController()
  #probing: Promise<void> = Promise.resolve()
  #compactedTo = 0

  constructor(deps: BatchDeps, settings: BatchSettings) {
    const { log, logger, registry, clock } = deps
    this.#deps = deps
    this.#settings = settings
    this.#archived = new Archived(deps, EVENT_LANES)
    this.privacy = new Privacy(deps, inTimeOf(settings), (err) =>
      logger.warn({ err }, 'could not clear counts, will try again'),
    )
    this.reconciler = new Reconciler(
      {
        ...deps,
        random: Math.random,
        onRetry: retryLogger(logger),
        onHalt: ({ id }, err) => {
          this.#metrics.halted()
          logger.fatal({ err }, `source ${id} is not archived any more`)
        },
        onMissing: ({ id }, from, to) => {
          this.#metrics.missed(to - from)
          logger.error(`records ${from} to ${to - 1} of ${id} left the log before they were archived`)
        },
        removals: this.#removals,
        sharing: deps.plans && this.#sharing(deps.plans),
        beforeRun: (window) => this.#compact(window),
        afterRun: (report, window) => this.#settle(report, window),
      },
      settings,
    )
    this.#metrics = reconcilerMetrics(registry, () => this.reconciler, log, clock)
  }

  /** Why the process is not ready; none if it is. */
  reasons(): readonly NotReadyReason[] {
    return batchReasons(this.reconciler, this.#settings.behindMaxMs)
  }

  /** The dependencies of imports, which are counted by the recounts of this layer. */
  get imports(): ImportDeps {
    return { ...this.#deps, removals: this.#removals, aheadMs: this.#settings.aheadMs }
  }

  /** Archives these sources from now on and no others. */
  own(sources: readonly Source[]): void {
    this.reconciler.own(sources)
  }

  /** Starts or stops recounting at intervals. */
  lead(leads: boolean): void {
    this.reconciler.lead(leads)
  }

  /**
   * Probes the front door at intervals from now on, while it leads: two probes in a minute would both find too much.
   */
  probe(client: ProbedClient, intervalMs: number, isPaused: () => boolean): void {
    const { journal, clock, logger } = this.#deps
    const onError = (err: unknown) => logger.warn({ err }, 'could not keep a weak audit')
    const { probing, probed: onProbed } = this.#metrics
    const isIdle = () => !this.reconciler.leads || isPaused()
    const deps = { client, journal, clock, isPaused: isIdle, onProbed, onError }
    probing()
    this.#probing = probeAtIntervals(deps, intervalMs, this.#stopping.signal)
  }

  /** Stores what has been read, and ends work in progress. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all([this.#probing, this.reconciler.stop()])
  }

  #sharing(plans: Plans): Sharing {
    return {
      plans,
      partitions: async () => (await this.#deps.log.sources('events')).length,
      isMine: (partition) => this.reconciler.archivers.some(({ source }) => source.partition === partition),
    }
  }

  /** Hours are compacted as they close, before they are recounted: it changes their mark. One process may do so. */
  async #compact({ closedTo }: Window): Promise<void> {
    if (!this.reconciler.leads || closedTo - this.#compactedTo < MINUTES_PER_HOUR) return
    await this.#deps.archive.compact(closedTo - MINUTES_PER_HOUR)
    this.#compactedTo = closedTo
  }

  async #settle(report: RunReport, { closedTo }: Window): Promise<void> {
    const { archive, rollups, clock, logger } = this.#deps
    this.#metrics.ran(report.audits)
    const opened = openedAgain(report, this.#settings)
    if (opened !== null) logger.error(opened)
    for (const audit of report.audits) await this.#alert(audit)
    await this.#deps.onRecounted?.(closedTo)
    if (!this.reconciler.leads) return
    const version = report.reconciled.version + 1
    const { asOfMs, sureToMs } = await this.#archived.look()
    const archivedToMs = Math.min(closedTo * MINUTE_MS, asOfMs, sureToMs)
    const keeping = keepingOf(this.#settings)
    await rollUpRecounted({ archive, rollups, clock }, keeping)
    await purgeOld({ archive, rollups, clock }, keeping, version, archivedToMs)
    await this.privacy.carryOut(closedTo)
  }

  async #alert(audit: HourAudit): Promise<void> {
    const { journal, logger, clock } = this.#deps
    const { hour, missing, unexplained, unexplainedDifference } = audit
    if (unexplained === 0 && missing.length === 0) return
    const at = new Date(hour * MINUTE_MS).toISOString()
    if (unexplained > 0)
      logger.error(`the stream was wrong by ${unexplainedDifference} events in the hour of ${at}; corrected`)
    if (missing.length > 0) logger.error(`raw events of the hour of ${at} are missing: ${missing.join(', ')}`)
    await journal.append('alerts', { atMs: clock.nowMs(), key: `hour-${hour}`, body: audit })
  }
}

function keepingOf(settings: BatchSettings): KeepingSettings {
  const { dimensions, dimensionValuesMax, rawKeptMs, hoursKeptMs } = settings
  return { ...inTimeOf(settings), dimensions, dimensionValuesMax, rawKeptMs, hoursKeptMs }
}
