// All sources that this process owns: one driver each, and their common state. The set of sources may change at any
// time. A stopped driver still stores what it has read while the next owner may already be counting: that is harmless
// (law 2).
import { UNKNOWN_AS_OF_MS } from '../../model/as-of.ts'
import { COUNTED_LANES, type Source } from '../../stores/log/log.ts'
import { Beat } from './beat.ts'
import { rebuildFromMs } from './core/rebuild.ts'
import { type DriverPorts, type DriverSettings, SourceDriver } from './driver.ts'

export type ProcessingDeps = DriverPorts & {
  /** Called when a source cannot be counted from where it stands; the other sources continue. */
  readonly onHalt: (source: Source, error: unknown) => void
}

export class Processing {
  readonly #deps: ProcessingDeps
  readonly #settings: DriverSettings
  readonly #beat: Beat
  readonly #drivers = new Map<string, SourceDriver>()
  readonly #halted = new Map<string, unknown>()
  /** Drivers of sources that were released, until they have stored what they read. */
  readonly #leaving = new Set<SourceDriver>()
  readonly #running = new Set<Promise<void>>()

  constructor(deps: ProcessingDeps, settings: DriverSettings) {
    this.#deps = deps
    this.#settings = settings
    this.#beat = new Beat(deps.clock.nowMs(), settings.flushIntervalMs)
  }

  get drivers(): readonly SourceDriver[] {
    return Array.from(this.#drivers.values())
  }

  /** The halted sources, by id, and why. */
  get halted(): ReadonlyMap<string, unknown> {
    return this.#halted
  }

  /** Counts these sources from now on and no others. */
  own(sources: readonly Source[]): void {
    const wanted = new Set(sources.map(({ id }) => id))
    for (const [id, driver] of this.#drivers) {
      if (wanted.has(id)) continue
      this.#drivers.delete(id)
      if (this.#halted.delete(id)) continue // its driver has ended
      this.#leaving.add(driver)
      driver.stop()
    }
    for (const source of sources) if (!this.#drivers.has(source.id)) this.#start(source)
  }

  /** The time up to which everything that the log has taken is in the counts: the least over the sources. */
  progress(): { readonly asOfMs: number } {
    const asOfMs = Math.min(...this.drivers.map((driver) => driver.asOfMs))
    return { asOfMs: Number.isFinite(asOfMs) ? asOfMs : UNKNOWN_AS_OF_MS }
  }

  /** By partition, the offset up to which each source is counted and stored; without those that have no checkpoint. */
  checkpointed(): ReadonlyMap<number, number> {
    const known = this.drivers.filter(({ checkpoint }) => checkpoint !== null)
    return new Map(known.map(({ source, checkpoint }) => [source.partition, checkpoint!.offset + 1]))
  }

  /** The offset from which a new owner of the source may have to read; retention must not remove it. */
  async neededFrom(source: Source): Promise<number> {
    if (!COUNTED_LANES.includes(source.lane)) return Number.MAX_SAFE_INTEGER
    const checkpoint = this.#drivers.get(source.id)?.checkpoint ?? null
    if (checkpoint === null) return 0
    const since = rebuildFromMs(this.#settings, checkpoint)
    return Math.min(checkpoint.offset + 1, await this.#deps.log.offsetForTime(source, since))
  }

  /**
   * Stores and checkpoints what has been read. After `timeoutMs` it gives up, which only makes the next start longer.
   */
  async stop(timeoutMs: number): Promise<void> {
    this.own([])
    const late = new AbortController()
    const deadline = this.#deps.clock.sleep(timeoutMs, late.signal).then(() => {
      for (const driver of this.#leaving) driver.abandon()
    })
    await Promise.all(this.#running)
    late.abort()
    await deadline
  }

  #start(source: Source): void {
    const driver = new SourceDriver(source, this.#deps, this.#settings, this.#beat)
    this.#drivers.set(source.id, driver)
    const run = driver
      .run()
      .catch((error) => {
        if (this.#drivers.get(source.id) !== driver) return // released in the meantime
        this.#halted.set(source.id, error)
        this.#deps.onHalt(source, error)
      })
      .finally(() => {
        this.#leaving.delete(driver)
        this.#running.delete(run)
      })
    this.#running.add(run)
  }
}
