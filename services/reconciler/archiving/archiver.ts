// Archives one source of the log: read, buffer, store, then checkpoint. Records that were stored but not checkpointed
// are stored again after a crash, which does not affect a recount.

import type { RetryPolicy } from '../../../lib/retry.ts'
import type { Archive, ArchiveCheckpoint, Origin, RecordArchive } from '../../../stores/archive/archive.ts'
import { type Log, LogError, type LogRecord, type LogSlice, type Source } from '../../../stores/log/log.ts'
import { type PersistPorts, persist } from '../../../stores/log/persist.ts'
import type { Uniques } from '../../../stores/uniques/uniques.ts'

export type ArchiverSettings = {
  /** Buffered records of a source are stored after this time, or at this many bytes. */
  readonly flushIntervalMs: number
  /** The same for late events, which only the archive makes visible. */
  readonly lateFlushIntervalMs: number
  readonly flushBytesMax: number
  readonly readBytesMax: number
  /** How long a read of the log waits for records. */
  readonly idleWaitMs: number
  readonly retry: RetryPolicy
}

export type ArchiverPorts = PersistPorts & {
  readonly log: Log
  readonly archive: Archive
  readonly records: RecordArchive
  readonly uniques: Pick<Uniques, 'merge'>
  /** Called if the log no longer holds records that are not archived. */
  readonly onMissing: (source: Source, fromOffset: number, toOffset: number) => void
}

const START: ArchiveCheckpoint = { nextOffset: 0, logTimeMs: 0, missingBeforeMs: 0 }

export class Archiver {
  readonly source: Source
  readonly #ports: ArchiverPorts
  readonly #settings: ArchiverSettings
  readonly #stop = new AbortController()
  /** Records that were read but not stored yet; `#read` says how far. */
  #records: LogRecord[] = []
  #bytes = 0
  #read = START
  #checkpoint: ArchiveCheckpoint | null = null
  #flushedMs: number
  #hurries = false

  constructor(source: Source, ports: ArchiverPorts, settings: ArchiverSettings) {
    this.source = source
    this.#ports = ports
    this.#settings = settings
    this.#flushedMs = ports.clock.nowMs()
  }

  get #intervalMs(): number {
    const { flushIntervalMs, lateFlushIntervalMs } = this.#settings
    if (this.source.lane === 'events-late') return lateFlushIntervalMs
    return this.#hurries ? Math.min(flushIntervalMs, lateFlushIntervalMs) : flushIntervalMs
  }

  /** Null until it has been read. */
  get checkpoint(): ArchiveCheckpoint | null {
    return this.#checkpoint
  }

  /**
   * Runs until `stop`. Rejects with LogError if the source cannot be read any more; retries all other errors for
   * ever.
   */
  async run(): Promise<void> {
    const { archive, clock } = this.#ports
    const stored = await this.#persist('read the checkpoint of the archive', () =>
      archive.readCheckpoint(this.source.id),
    )
    this.#checkpoint = this.#read = stored ?? START
    while (!this.#stop.signal.aborted) {
      const slice = await this.#next()
      if (slice === null) return
      this.#take(slice)
      const sinceMs = clock.nowMs() - this.#flushedMs
      const due = sinceMs >= this.#intervalMs || sinceMs < 0 // a clock that was set back must not delay it
      if (due || this.#bytes >= this.#settings.flushBytesMax) await this.#flush()
    }
    await this.#flush()
  }

  /** The next records are stored as soon as late events would be. */
  hurry(): void {
    this.#hurries = true
  }

  /** `run` resolves when the buffered records are stored, or at the first failure to store them. */
  stop(): void {
    this.#stop.abort()
  }

  /** The next records, skipping those that the log no longer holds; null when stopped. */
  async #next(): Promise<LogSlice | null> {
    const { log, clock, onMissing } = this.#ports
    const { readBytesMax: bytesMax, idleWaitMs: waitMs } = this.#settings
    for (;;) {
      const from = this.#read.nextOffset
      try {
        return await this.#persist('read the log', () => log.read(this.source, from, { bytesMax, waitMs }))
      } catch (error) {
        if (this.#stop.signal.aborted) return null
        if (!(error instanceof LogError) || error.code !== 'offset_out_of_range') throw error
        const { startOffset } = await this.#persist('read the bounds of the log', () =>
          log.bounds(this.source),
        )
        if (startOffset <= from) throw error
        onMissing(this.source, from, startOffset)
        this.#read = { ...this.#read, nextOffset: startOffset, missingBeforeMs: clock.nowMs() }
      }
    }
  }

  #take({ records }: LogSlice): void {
    for (const record of records) {
      const logTimeMs = Math.max(this.#read.logTimeMs, record.logTimeMs)
      const missingBeforeMs = Math.min(this.#read.missingBeforeMs, logTimeMs)
      this.#records.push({ ...record, logTimeMs })
      this.#bytes += record.bytes.length
      this.#read = { nextOffset: record.offset + 1, logTimeMs, missingBeforeMs }
    }
  }

  async #flush(): Promise<void> {
    const { archive, records, uniques, clock } = this.#ports
    const read = this.#records
    const checkpoint = this.#read
    this.#records = []
    this.#bytes = 0
    this.#flushedMs = clock.nowMs()
    this.#hurries = false
    if (checkpoint.nextOffset === this.#checkpoint!.nextOffset) return
    const batch = {
      sourceId: this.source.id,
      origin: this.source.lane as Origin,
      fromOffset: this.#checkpoint!.nextOffset,
      toOffset: checkpoint.nextOffset,
      records: read,
    }
    try {
      const sketches = await this.#persist('archive events', () => records.store(batch))
      if (sketches.length > 0) await this.#persist('merge sketches of viewers', () => uniques.merge(sketches))
      await this.#persist('write the checkpoint of the archive', () =>
        archive.writeCheckpoint(this.source.id, checkpoint),
      )
    } catch (error) {
      if (this.#stop.signal.aborted) return // the next archiver reads them from the log again
      throw error
    }
    this.#checkpoint = checkpoint
  }

  #persist<T>(what: string, call: () => Promise<T>): Promise<T> {
    return persist(this.#ports, this.#settings.retry, this.#stop.signal, what, call)
  }
}
