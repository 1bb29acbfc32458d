// Sends the backlog of one partition from the spool to the log, for as long as it takes. The records of a batch are
// sent together; otherwise a slow log would fall ever further behind the incoming records. A record may be sent
// twice: before it is removed, the process may die, the answer may be lost, or an earlier record may fail.
import type { Clock } from '../../../lib/clock.ts'
import { type RetryPolicy, retryDelayMs } from '../../../lib/retry.ts'
import type { Slots } from '../../../lib/slots.ts'
import { withDeadline } from '../deadline.ts'
import { isUnavailable, type Log, type Source } from '../log.ts'
import type { Spool } from './spool.ts'

export type DrainDeps = {
  readonly spool: Spool
  readonly log: Pick<Log, 'append'>
  readonly clock: Clock
  readonly random: () => number
  /** If the log takes longer, it counts as away. */
  readonly appendTimeoutMs: number
  /** Shared by all drains: how many of them read and send at once. */
  readonly slots: Slots
  /** Stops everything; unsent records wait for the next start. */
  readonly signal: AbortSignal
  readonly onSent: () => void
  readonly onChange: () => void
  readonly onRetry: (source: Source, attempt: number, error: unknown) => void
}

/** Bytes that are read from the spool, sent and removed together; after a failure, one record is tried alone. */
const BATCH_BYTES_MAX = 256 << 10
const RETRY: RetryPolicy = { baseMs: 100, capMs: 5_000 }
/**
 * The wait before a record is sent again although the log has not answered. Far longer than an append may take, so
 * that a slow log does not get a flood of copies; and not for ever, so that a lost answer blocks nothing.
 */
export const ANSWER_TIMEOUT_MS = 60_000

export class Drain {
  readonly source: Source
  readonly #deps: DrainDeps
  #running: Promise<void> | null = null
  /** The log has everything before this offset. */
  #sentTo = 0
  #isAway = false

  constructor(source: Source, deps: DrainDeps) {
    this.source = source
    this.#deps = deps
  }

  /**
   * The log did not take this partition's last record in time. The drain is retrying and will notice when the log is
   * back, so others need not try.
   */
  get isAway(): boolean {
    return this.#isAway && this.#deps.spool.firstOffset(this.source) !== null
  }

  /** A direct append was not answered in time. */
  noteAway(): void {
    this.#isAway = true
  }

  /** To be called when records wait. */
  wake(): void {
    this.#running ??= this.#run()
  }

  /** Resolves when the drain is idle; after the abort signal, at once. */
  async stopped(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    const { spool, clock, random, slots, signal, onChange, onRetry } = this.#deps
    let attempt = 0
    while (spool.firstOffset(this.source) !== null && !signal.aborted) {
      try {
        await slots.use(() => this.#drainBatch(attempt === 0 ? BATCH_BYTES_MAX : 0))
        attempt = 0
      } catch (error) {
        if (signal.aborted) break
        onRetry(this.source, attempt, error)
        await clock.sleep(retryDelayMs(RETRY, attempt++, random()), signal)
      }
      onChange()
    }
    this.#running = null
  }

  /**
   * Sends records up to the one that reaches `bytesMax`, and removes those before the first that failed. If an
   * earlier batch was sent but not removed, it only removes that one.
   */
  async #drainBatch(bytesMax: number): Promise<void> {
    const { spool } = this.#deps
    let fault: PromiseRejectedResult | undefined
    if (this.#sentTo <= (spool.firstOffset(this.source) ?? 0)) {
      const records = await this.#fromSpool(spool.read(this.source, bytesMax))
      const sent = await Promise.allSettled(records.map(({ bytes }) => this.#send(bytes)))
      fault = sent.find((one) => one.status === 'rejected')
      const taken = fault === undefined ? records : records.slice(0, sent.indexOf(fault))
      this.#sentTo = (taken.at(-1)?.offset ?? this.#sentTo - 1) + 1
    }
    await this.#fromSpool(spool.removeBefore(this.source, this.#sentTo))
    if (fault !== undefined) throw fault.reason
  }

  /** While the spool fails the drain cannot notice that the log is back, so appends must try the log themselves. */
  async #fromSpool<T>(reply: Promise<T>): Promise<T> {
    try {
      return await reply
    } catch (error) {
      this.#isAway = false
      throw error
    }
  }

  async #send(bytes: Uint8Array): Promise<void> {
    const { log, clock, appendTimeoutMs, signal, onSent } = this.#deps
    const { lane, partition } = this.source
    const startMs = clock.nowMs()
    try {
      await withDeadline(log.append(lane, partition, bytes), clock, ANSWER_TIMEOUT_MS, signal)
      this.#isAway = clock.nowMs() - startMs > appendTimeoutMs
      onSent()
    } catch (error) {
      this.#isAway = isUnavailable(error)
      throw error
    }
  }
}
