// The log as a partitioner writes to it: when the log is away, a record is durable on this machine's own disk
// instead, and follows later (law 8). It may then be in the log twice; copies are recognised by their ids (law 4).

import { Slots } from '../../../lib/slots.ts'
import type { Carried } from '../../../lib/traceparents.ts'
import { withDeadline } from '../deadline.ts'
import { closedLog } from '../lanes.ts'
import {
  isUnavailable,
  type Lane,
  type Log,
  type LogSlice,
  type ReadLimit,
  type Source,
  type SourceEnd,
} from '../log.ts'
import { Drain, type DrainDeps } from './drain.ts'
import { Spool, type SpoolExtent, type SpoolOptions } from './spool.ts'

/** The offset of a record in the spool: the log has not assigned one yet. */
export const SPOOLED_OFFSET = -1

export type SpoolState = SpoolExtent & {
  /** Partitions, over all lanes, whose records go straight to the spool because the log is known to be away. */
  readonly awayPartitions: number
  /** Since the start: records that were sent from the spool to the log. */
  readonly drained: number
  /** Since the start: appends that neither the log nor the spool took. */
  readonly refused: number
}

export type SpooledLogOptions = SpoolOptions & {
  readonly log: Log
  /** Used by this process alone. */
  readonly directory: string
  /** How long an append waits for the log before it uses the spool. */
  readonly appendTimeoutMs: number
  /** In [0, 1). */
  readonly random: () => number
  readonly onState?: (state: SpoolState) => void
  /** A record could not be sent; the same record is tried again, `attempt` counts from 0. */
  readonly onRetry?: (source: Source, attempt: number, error: unknown) => void
}

/** Partitions whose backlog is read and sent at the same time. */
const DRAINS_MAX = 8

/**
 * Opens the spool and begins to send what an earlier process left in it. Fails with LogError `corrupt` if the
 * directory is damaged, and otherwise with a DataDirectoryError: `locked` if another process uses it, `not_writable`,
 * `unavailable`.
 */
export async function spooledLog(options: SpooledLogOptions): Promise<SpooledLog> {
  return new SpooledLog(options, await Spool.open(options.directory, options))
}

export class SpooledLog implements Log {
  readonly #options: SpooledLogOptions
  readonly #spool: Spool
  readonly #drains = new Map<string, Drain>()
  readonly #drainDeps: DrainDeps
  readonly #closing = new AbortController()
  #closed: Promise<void> | null = null
  #drained = 0
  #refused = 0

  /** For spooledLog, with the spool in its directory. */
  constructor(options: SpooledLogOptions, spool: Spool) {
    this.#options = options
    this.#spool = spool
    this.#drainDeps = {
      ...options,
      spool,
      slots: new Slots(DRAINS_MAX),
      signal: this.#closing.signal,
      onSent: () => this.#drained++,
      onChange: () => this.#attend(),
      onRetry: options.onRetry ?? (() => {}),
    }
    this.#attend()
  }

  /**
   * Like the log; if that is `unavailable` or slow, it resolves with SPOOLED_OFFSET once the record is synced to the
   * spool. Fails with `unavailable` if the spool or its disk is full or fails: the record may still be in the log or
   * the spool. Other errors of the log are passed on. What a record carries is lost in the spool.
   */
  async append(
    lane: Lane,
    partition: number,
    bytes: Uint8Array,
    carried?: Carried,
  ): Promise<{ offset: number }> {
    if (this.#closed !== null) throw closedLog()
    const drain = this.#drainOf(lane, partition)
    if (drain.isAway) return this.#keep(drain, bytes)
    const { log, clock, appendTimeoutMs } = this.#options
    const kept = new Uint8Array(bytes) // the caller may reuse its buffer while we wait
    try {
      return await withDeadline(log.append(lane, partition, bytes, carried), clock, appendTimeoutMs)
    } catch (error) {
      if (!isUnavailable(error)) throw error
      drain.noteAway()
      return this.#keep(drain, kept)
    }
  }

  sources(lane: Lane): Promise<readonly Source[]> {
    return this.#options.log.sources(lane)
  }

  read(source: Source, fromOffset: number, limit: ReadLimit): Promise<LogSlice> {
    return this.#options.log.read(source, fromOffset, limit)
  }

  bounds(source: Source): Promise<{ startOffset: number; endOffset: number }> {
    return this.#options.log.bounds(source)
  }

  ends(lane: Lane): Promise<readonly SourceEnd[]> {
    return this.#options.log.ends(lane)
  }

  offsetForTime(source: Source, timeMs: number): Promise<number> {
    return this.#options.log.offsetForTime(source, timeMs)
  }

  state(): SpoolState {
    const awayPartitions = Array.from(this.#drains.values()).filter(({ isAway }) => isAway).length
    return { ...this.#spool.extent(), awayPartitions, drained: this.#drained, refused: this.#refused }
  }

  /** Stops sending, leaves the rest for the next start, and unlocks the directory. The log stays open. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#closing.abort()
    await Promise.all(Array.from(this.#drains.values(), (drain) => drain.stopped()))
    await this.#spool.close()
  }

  async #keep({ source }: Drain, bytes: Uint8Array): Promise<{ offset: number }> {
    if (this.#closed !== null) throw closedLog()
    try {
      await this.#spool.append(source.lane, source.partition, bytes)
      return { offset: SPOOLED_OFFSET }
    } catch (error) {
      this.#refused++
      throw error
    } finally {
      this.#attend()
    }
  }

  /** Every partition, because a failed write may have stored records of any. */
  #attend(): void {
    for (const { lane, partition } of this.#spool.sources()) this.#drainOf(lane, partition).wake()
    this.#options.onState?.(this.state())
  }

  #drainOf(lane: Lane, partition: number): Drain {
    const key = `${lane}/${partition}`
    let drain = this.#drains.get(key)
    if (drain === undefined) {
      drain = new Drain(this.#spool.source(lane, partition), this.#drainDeps)
      this.#drains.set(key, drain)
    }
    return drain
  }
}
