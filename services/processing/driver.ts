// Runs one source: reads the log, feeds `step`, carries out its effects. Everything asynchronous in processing is
// here and in recover.ts; all decisions are made in the core.

import type { RetryPolicy } from '../../lib/retry.ts'
import { NO_TRACES, type Traces } from '../../lib/traces.ts'
import type { UnknownSchemas } from '../../lib/unknown-schemas.ts'
import type { Bucket } from '../../model/bucket.ts'
import type { NameKey } from '../../model/name-key.ts'
import type { SchemaSet } from '../../schemas/schema-set.ts'
import type { Checkpoint, CountRow, CountWriter } from '../../stores/counts/counts.ts'
import type { HintStore } from '../../stores/hints/hints.ts'
import type { Log, Source } from '../../stores/log/log.ts'
import { type PersistPorts, persist } from '../../stores/log/persist.ts'
import type { SideLanes } from '../../stores/log/side-lanes.ts'
import type { SnapshotStore } from '../../stores/snapshots/snapshots.ts'
import type { Beat } from './beat.ts'
import { Decoder } from './core/decode-record.ts'
import type { Effect, Input } from './core/protocol.ts'
import { SnapshotCopy, snapshotBytes } from './core/snapshot.ts'
import type { CoreSettings, SourceState } from './core/source-state.ts'
import { step } from './core/step.ts'
import type { Sealed } from './core/write-queue.ts'
import { type HaltError, newerFormatHalt, recover } from './recover.ts'
import { Signal } from './signal.ts'
import { TracedRecords } from './traced-records.ts'

export type DriverSettings = CoreSettings & {
  readonly flushIntervalMs: number
  readonly readBytesMax: number
  /** How long a read of the log waits for records; also how often an idle source reports that it is up to date. */
  readonly idleWaitMs: number
  readonly retry: RetryPolicy
  readonly unknownSchemas: UnknownSchemas
  readonly snapshotIntervalMs: number
  /** A larger state is not written as a snapshot. */
  readonly snapshotBytesMax: number
  /** How much of a snapshot is copied at once, while everything else waits. */
  readonly snapshotPieceBytes: number
}

export type DriverPorts = PersistPorts & {
  readonly log: Log
  readonly counts: CountWriter
  readonly lanes: SideLanes
  readonly hints: HintStore | null
  readonly snapshots: SnapshotStore | null
  readonly schemas: SchemaSet
  /** The deployment's key: the same for every owner of a source. */
  readonly nameKey: NameKey
  /** Told when this owner may go on from a checkpoint, before it stores anything. Left out where nobody asks. */
  readonly onTakeover?: (sourceId: string, checkpoint: Checkpoint | null) => void
  readonly traces?: Traces
}

/** Between two pieces of a snapshot, for the rest of the process. */
const SNAPSHOT_PAUSE_MS = 1

export class SourceDriver {
  readonly #source: Source
  readonly #ports: DriverPorts
  readonly #settings: DriverSettings
  readonly #beat: Beat | null
  /** Null without traces. */
  readonly #traced: TracedRecords | null
  readonly #decoder: Decoder
  readonly #stepped = new Signal()
  readonly #stop = new AbortController()
  readonly #abandon = new AbortController()
  #state: SourceState | null = null
  #failure: unknown = null
  #checkpointDue: Checkpoint | null = null
  #checkpointWriting = false
  #checkpoint: Checkpoint | null = null
  #asOfMs = -Infinity
  /** The newest snapshot, until it may be written. */
  #snapshot: { readonly nextOffset: number; readonly bytes: Uint8Array } | null = null
  #snapshotMs: number
  /** The offset of the newest snapshot: a source without new records needs no other. */
  #snapshotNextOffset = -1
  #snapshotWriting = false
  /** While a snapshot is copied, nothing may change what was seen. */
  #isCopying = false

  /** @param beat when to seal, the same for all sources of a process; null: at intervals of its own */
  constructor(source: Source, ports: DriverPorts, settings: DriverSettings, beat: Beat | null = null) {
    this.#source = source
    this.#ports = ports
    this.#settings = settings
    this.#beat = beat
    const { traces = NO_TRACES, clock } = ports
    this.#traced = traces === NO_TRACES ? null : new TracedRecords(source, traces, clock)
    this.#decoder = new Decoder(ports.schemas, ports.nameKey)
    this.#snapshotMs = ports.clock.nowMs()
  }

  get source(): Source {
    return this.#source
  }

  /** Null while the source is being recovered. */
  get state(): SourceState | null {
    return this.#state
  }

  /** Everything that the log took up to this time is in the store. */
  get asOfMs(): number {
    return this.#asOfMs
  }

  /** The newest checkpoint that this owner has read or written. */
  get checkpoint(): Checkpoint | null {
    return this.#checkpoint
  }

  /**
   * Runs until `stop` and then until all that was read is stored, or until `abandon`. Rejects with HaltError or
   * LogError when the source can't be counted exactly from here.
   */
  async run(): Promise<void> {
    try {
      await this.#run()
    } catch (error) {
      if (!this.#abandon.signal.aborted) throw error
    }
  }

  async #run(): Promise<void> {
    const persist = <T>(what: string, call: () => Promise<T>) => this.#persist(what, call)
    const recovery = { ...this.#ports, decoder: this.#decoder, persist }
    const { state, checkpoint } = await recover(recovery, this.#source, this.#settings)
    this.#ports.onTakeover?.(this.#source.id, checkpoint)
    this.#state = state
    this.#checkpoint = checkpoint
    if (checkpoint !== null) this.#advanceAsOf(checkpoint.logTimeMs)
    const sealing = this.#sealAtIntervals()
    const halt = await this.#ingest(state)
    if (halt !== null) this.stop()
    await sealing
    await this.#drain(state)
    if (halt !== null) throw halt
  }

  /** Reads no more; `run` resolves when everything is stored and the checkpoint stands at what was read. */
  stop(): void {
    this.#stop.abort()
    this.#stepped.fire()
  }

  /** Gives up at once; what is not stored is still in the log. */
  abandon(): void {
    this.#abandon.abort()
    this.stop()
  }

  /** Until it is to stop, or until records come that only a later release can count: then why it ends before them. */
  async #ingest(state: SourceState): Promise<HaltError | null> {
    const { log, clock } = this.#ports
    const { readBytesMax, idleWaitMs, queueRowsMax } = this.#settings
    while (!this.#stop.signal.aborted) {
      await this.#until(() => state.queue.rows < queueRowsMax)
      if (this.#stop.signal.aborted) return null
      const askedMs = clock.nowMs()
      const slice = await this.#persist('read the log', () =>
        log.read(this.#source, state.nextOffset, { bytesMax: readBytesMax, waitMs: idleWaitMs }),
      )
      this.#traced?.read(slice.records)
      for (const records of this.#decoder.decode(slice.records)) {
        await this.#until(() => !this.#isCopying)
        const halt = newerFormatHalt(this.#source, records, this.#settings)
        const known = halt === null ? records : records.filter(({ offset }) => offset < halt.offset)
        if (known.length > 0) this.#submit({ kind: 'records', records: known })
        await this.#until(() => state.parked === null)
        if (state.parked !== null) return null
        if (halt !== null) return halt.error
      }
      const nothingPending = state.sealedThrough === state.nextOffset - 1 && state.queue.isEmpty
      if (nothingPending && state.nextOffset >= slice.endOffset) this.#advanceAsOf(askedMs)
    }
    return null
  }

  async #sealAtIntervals(): Promise<void> {
    const { clock } = this.#ports
    while (!this.#stop.signal.aborted && this.#failure === null) {
      const waitMs = this.#beat?.untilNextMs(clock.nowMs()) ?? this.#settings.flushIntervalMs
      await clock.sleep(waitMs, this.#stop.signal)
      if (!this.#stop.signal.aborted) this.#seal()
    }
  }

  #seal(): void {
    this.#submit({ kind: 'seal' })
    const state = this.#state!
    if (!this.#isCopying && this.#isSnapshotDue(state)) this.#background(this.#takeSnapshot(state))
  }

  /** The source takes no records meanwhile; the rest of the process goes on between the pieces. */
  async #takeSnapshot(state: SourceState): Promise<void> {
    const { clock } = this.#ports
    this.#snapshotMs = clock.nowMs()
    this.#snapshotNextOffset = state.nextOffset
    const copy = new SnapshotCopy(this.#source.id, state)
    this.#isCopying = true
    while (!copy.isWhole) {
      copy.copy(this.#settings.snapshotPieceBytes)
      await clock.sleep(SNAPSHOT_PAUSE_MS, this.#abandon.signal)
      if (this.#abandon.signal.aborted) return
    }
    this.#isCopying = false
    this.#snapshot = copy
    this.#stepped.fire()
    this.#keepSnapshot()
  }

  #isSnapshotDue(state: SourceState): boolean {
    const { snapshots, clock } = this.#ports
    const { snapshotIntervalMs, snapshotBytesMax } = this.#settings
    if (snapshots === null || state.nextOffset === this.#snapshotNextOffset) return false
    const isTime = this.#stop.signal.aborted || clock.nowMs() - this.#snapshotMs >= snapshotIntervalMs
    return isTime && snapshotBytes(state) <= snapshotBytesMax
  }

  async #drain(state: SourceState): Promise<void> {
    this.#seal()
    await this.#until(() => state.queue.isEmpty && !this.#isBusy)
  }

  get #isBusy(): boolean {
    return this.#checkpointWriting || this.#isCopying || this.#snapshotWriting
  }

  #submit(input: Input): void {
    try {
      for (const effect of step(this.#state!, input)) this.#carryOut(effect)
    } catch (error) {
      this.#failure ??= error
    }
    this.#stepped.fire()
  }

  #carryOut(effect: Effect): void {
    switch (effect.kind) {
      case 'hydrate':
        this.#background(this.#hydrate(effect.buckets))
        return
      case 'store':
        this.#background(this.#store(effect.sealed))
        return
      case 'checkpoint':
        this.#checkpointDue = effect.checkpoint
        if (!this.#checkpointWriting) this.#background(this.#writeCheckpoints())
        return
      case 'hint':
        this.#ports.hints?.put(this.#source.id, effect.block).catch(() => {}) // a lost hint only costs time
        return
    }
  }

  async #hydrate(buckets: readonly Bucket[]): Promise<void> {
    const { counts } = this.#ports
    const totals = await this.#persist('read rows', () => counts.hydrate(this.#source.id, buckets))
    await this.#until(() => !this.#isCopying)
    this.#submit({ kind: 'hydrated', totals })
  }

  async #store({ seal, rows, late, dead, checkpoint }: Sealed): Promise<void> {
    const { lanes } = this.#ports
    const { id, partition } = this.#source
    const stored = this.#traced?.storing(checkpoint.offset)
    await Promise.all([
      rows.length > 0 && this.#writeRows(rows, checkpoint.logTimeMs),
      late.length > 0 && this.#persist('keep late events', () => lanes.keepLate(partition, late)),
      dead.length > 0 && this.#persist('keep dead letters', () => lanes.keepDead(id, dead)),
    ])
    this.#submit({ kind: 'stored', seal })
    stored?.()
  }

  async #writeRows(rows: readonly CountRow[], logTimeMs: number): Promise<void> {
    const { counts, lanes } = this.#ports
    const { id } = this.#source
    const refused = await this.#persist('write rows', () => counts.write(id, rows))
    if (refused.length === 0) return
    await this.#persist('keep refused rows', () => lanes.keepRefused(id, refused, logTimeMs))
  }

  async #writeCheckpoints(): Promise<void> {
    this.#checkpointWriting = true
    while (this.#checkpointDue !== null) {
      const checkpoint = this.#checkpointDue
      this.#checkpointDue = null
      await this.#persist('write the checkpoint', () =>
        this.#ports.counts.writeCheckpoint(this.#source.id, checkpoint),
      )
      this.#checkpoint = checkpoint
      this.#advanceAsOf(checkpoint.logTimeMs)
      this.#keepSnapshot()
    }
    this.#checkpointWriting = false
    this.#stepped.fire()
  }

  /** More records may arrive with this same log time, so only the time before it is complete. */
  #advanceAsOf(logTimeMs: number): void {
    this.#asOfMs = Math.max(this.#asOfMs, logTimeMs - 1)
  }

  /** Writes the snapshot as soon as everything in it is stored. */
  #keepSnapshot(): void {
    if (!this.#snapshotWriting && this.#isSnapshotStored()) this.#background(this.#writeSnapshots())
  }

  #isSnapshotStored(): boolean {
    if (this.#snapshot === null || this.#checkpoint === null) return false
    return this.#snapshot.nextOffset <= this.#checkpoint.offset + 1
  }

  /** A snapshot only saves time: one that cannot be written is dropped. */
  async #writeSnapshots(): Promise<void> {
    const { snapshots, onRetry } = this.#ports
    this.#snapshotWriting = true
    while (this.#isSnapshotStored()) {
      const { bytes } = this.#snapshot!
      this.#snapshot = null
      await snapshots?.write(this.#source.id, bytes).catch((error) => onRetry('write the snapshot', 0, error))
    }
    this.#snapshotWriting = false
    this.#stepped.fire()
  }

  /** Waits for a condition that steps bring about; returns early when abandoned, throws what made the driver fail. */
  async #until(condition: () => boolean): Promise<void> {
    for (;;) {
      if (this.#failure !== null) throw this.#failure
      if (this.#abandon.signal.aborted || condition()) return
      await this.#stepped.next()
    }
  }

  #background(task: Promise<void>): void {
    task.catch((error) => {
      this.#failure ??= error
      this.#stepped.fire()
    })
  }

  #persist<T>(what: string, call: () => Promise<T>): Promise<T> {
    return persist(this.#ports, this.#settings.retry, this.#abandon.signal, what, call)
  }
}
