// The batch layer of one process: archives the sources that it owns, runs the recount at intervals where it leads, and
// does its part of what another one plans.

import { type RetryPolicy, retryDelayMs } from '../../lib/retry.ts'
import { Slots } from '../../lib/slots.ts'
import { MINUTE_MS } from '../../model/bucket.ts'
import { COUNTED_LANES, type Source } from '../../stores/log/log.ts'
import { Archived } from './archiving/archived.ts'
import { Archiver, type ArchiverPorts, type ArchiverSettings } from './archiving/archiver.ts'
import { helpOut } from './recount/carry-out.ts'
import { type ClosingRule, closedTo, completeFrom, type HourRange, type Window } from './recount/due-hours.ts'
import {
  type ReconcilePorts,
  type ReconcileSettings,
  type RunReport,
  reconcile,
} from './recount/reconcile.ts'

export type ReconcilerSettings = ArchiverSettings &
  ReconcileSettings &
  ClosingRule & {
    /** The time from the end of a run to the start of the next. */
    readonly runIntervalMs: number
    readonly retry: RetryPolicy
  }

export type ReconcilerPorts = ArchiverPorts &
  ReconcilePorts & {
    /** Up to when the counts hold everything that the log took, over all sources; epoch ms. */
    readonly countedAsOfMs: () => Promise<number>
    /** Hooks around each run. If one fails, the run fails and is retried. */
    readonly beforeRun: (window: Window) => Promise<void>
    readonly afterRun: (report: RunReport, window: Window) => Promise<void>
    /** Called when a source cannot be archived from where it stands; the other sources continue. */
    readonly onHalt: (source: Source, error: unknown) => void
  }

const LOOK_INTERVAL_MS = 1_000
/** How often to look for a plan of another process. */
const HELP_INTERVAL_MS = 2_000

export class Reconciler {
  readonly #ports: ReconcilerPorts
  readonly #settings: ReconcilerSettings
  /** Late events may be archived at any time: only the lanes of the stream determine what is closed. */
  readonly #archived: Archived
  readonly #archivers = new Map<string, Archiver>()
  readonly #halted = new Map<string, unknown>()
  readonly #running = new Set<Promise<void>>()
  readonly #stopping = new AbortController()
  #leadsSinceMs: number | null = null
  #requested = false
  #again: HourRange | null = null
  /** By the clock, the minutes before this one were closed when the last request arrived. */
  #requestedTo = 0
  #begun = 0
  #ended = 0
  #waking = new AbortController()
  #runs: Promise<unknown> | null = null
  /** Recounts of this process, one after the other. */
  readonly #recounting = new Slots(1)
  #latest: RunReport | null = null

  constructor(ports: ReconcilerPorts, settings: ReconcilerSettings) {
    this.#ports = ports
    this.#settings = settings
    this.#archived = new Archived(ports, COUNTED_LANES)
  }

  get archivers(): readonly Archiver[] {
    return Array.from(this.#archivers.values())
  }

  /** The sources that are not archived any more, by id, and why. */
  get halted(): ReadonlyMap<string, unknown> {
    return this.#halted
  }

  /** The newest completed run of this process. */
  get latest(): RunReport | null {
    return this.#latest
  }

  /** Archives these sources from now on and no others. */
  own(sources: readonly Source[]): void {
    const wanted = new Set(sources.map(({ id }) => id))
    for (const [id, archiver] of this.#archivers) {
      if (wanted.has(id)) continue
      this.#archivers.delete(id)
      this.#halted.delete(id)
      archiver.stop()
    }
    for (const source of sources) if (!this.#archivers.has(source.id)) this.#start(source)
  }

  /** Starts or stops planning recounts at intervals: one process should do it; several would wait for each other. */
  lead(leads: boolean): void {
    this.#leadsSinceMs = leads ? (this.#leadsSinceMs ?? this.#ports.clock.nowMs()) : null
    this.#runs ??= Promise.all([this.#runAtIntervals(), this.#helpAtIntervals()])
  }

  /** Whether this process recounts by itself, at intervals. */
  get leads(): boolean {
    return this.#leadsSinceMs !== null
  }

  /**
   * How long ago the last minute closed that the newest run could see, counted from when this process began to lead at
   * the earliest; 0 if another one leads.
   */
  get behindMs(): number {
    if (this.#leadsSinceMs === null) return 0
    const recountedToMs = (this.#latest?.closedTo ?? 0) * MINUTE_MS
    return Math.max(0, this.#ports.clock.nowMs() - Math.max(recountedToMs, this.#leadsSinceMs))
  }

  /** The newest run that has begun, and the newest that completed with everything requested before it. */
  get runs(): { readonly begun: number; readonly ended: number } {
    return { begun: this.#begun, ended: this.#ended }
  }

  /**
   * Runs as soon as possible, in any process, and recounts the hours of a range in any case. Returns a number: when a
   * run with that number or a higher one has ended, all minutes that are closed by now have been recounted. A second
   * range before that extends the first one to cover both.
   */
  request(range: HourRange | null): number {
    const asked = this.#again
    if (range !== null) {
      this.#again =
        asked === null ? range : { from: Math.min(asked.from, range.from), to: Math.max(asked.to, range.to) }
    }
    this.#requested = true
    this.#requestedTo = closedTo(this.#ports.clock.nowMs() - 1, this.#settings) // the same bound as in Progress
    this.#waking.abort()
    return this.#begun + 1
  }

  /** The offset from which the log must keep a source for the archive. */
  neededFrom(source: Source): number {
    if (source.lane === 'events-dead') return Number.MAX_SAFE_INTEGER
    return this.#archivers.get(source.id)?.checkpoint?.nextOffset ?? 0
  }

  /** Archives what is waiting as soon as late events would be: somebody asks for it. */
  hurry(): void {
    for (const archiver of this.archivers) archiver.hurry()
  }

  /** Stores what has been read, and interrupts a running recount. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#waking.abort()
    this.own([])
    await Promise.all([...this.#running, this.#runs])
  }

  /** One run. Fails with the errors of the ports; the last good state stays valid. */
  async runOnce(): Promise<RunReport> {
    const run = ++this.#begun
    const again = this.#again
    const requestedTo = this.#requestedTo
    const window = { ...(await this.#windowTo(requestedTo)), again }
    await this.#ports.beforeRun(window)
    const { signal } = this.#stopping
    const report = await this.#recounting.use(() => reconcile(this.#ports, this.#settings, window, signal))
    this.#latest = report
    await this.#ports.afterRun(report, window)
    if (window.closedTo < requestedTo) this.#requested = true
    else {
      if (this.#again === again) this.#again = null
      this.#ended = run
    }
    return report
  }

  /** The counts and the archive may still be behind the request: waits for them, but at most one interval. */
  async #windowTo(minute: number): Promise<Omit<Window, 'again'>> {
    const { clock } = this.#ports
    const { signal } = this.#stopping
    const untilMs = clock.nowMs() + this.#settings.runIntervalMs
    for (;;) {
      const window = await this.#window()
      if (window.closedTo >= minute || clock.nowMs() >= untilMs || signal.aborted) return window
      await clock.sleep(LOOK_INTERVAL_MS, signal)
    }
  }

  async #window(): Promise<Omit<Window, 'again'>> {
    const countedMs = await this.#ports.countedAsOfMs()
    const { asOfMs, missingBeforeMs } = await this.#archived.look()
    return {
      closedTo: closedTo(Math.min(asOfMs, countedMs), this.#settings),
      completeFrom: completeFrom(missingBeforeMs, this.#settings),
    }
  }

  async #runAtIntervals(): Promise<void> {
    const { clock, random, onRetry } = this.#ports
    const { runIntervalMs, retry } = this.#settings
    const { signal } = this.#stopping
    for (let failures = 0; ; ) {
      const waitMs = failures === 0 ? runIntervalMs : retryDelayMs(retry, failures, random())
      await clock.sleep(waitMs, this.#waking.signal)
      if (signal.aborted) return
      this.#waking = new AbortController()
      if (!this.leads && !this.#requested) continue
      this.#requested = false
      try {
        await this.runOnce()
        failures = 0
      } catch (error) {
        if (signal.aborted) return
        onRetry('reconcile', failures++, error)
      }
    }
  }

  /** Does whatever is for this process in the plan of another. */
  async #helpAtIntervals(): Promise<void> {
    const { sharing, clock, random, onRetry } = this.#ports
    const { retry } = this.#settings
    const { signal } = this.#stopping
    if (sharing === null) return
    const ports = { ...this.#ports, sharing }
    const help = () => this.#recounting.use(() => helpOut(ports, this.#settings, signal))
    for (let failures = 0; !signal.aborted; ) {
      try {
        const helped = await help()
        failures = 0
        if (!helped) await clock.sleep(HELP_INTERVAL_MS, signal)
      } catch (error) {
        if (signal.aborted) return
        onRetry('recount a share', failures++, error)
        await clock.sleep(retryDelayMs(retry, failures, random()), signal)
      }
    }
  }

  #start(source: Source): void {
    const archiver = new Archiver(source, this.#ports, this.#settings)
    this.#archivers.set(source.id, archiver)
    const run = archiver
      .run()
      .catch((error) => {
        if (this.#archivers.get(source.id) !== archiver) return // released in the meantime
        this.#halted.set(source.id, error)
        this.#ports.onHalt(source, error)
      })
      .finally(() => this.#running.delete(run))
    this.#running.add(run)
  }
}
