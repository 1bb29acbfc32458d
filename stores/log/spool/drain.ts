// Carries the backlog of one partition from the spool to the log, for as long as it takes. Records of a batch are on
// their way together: a log that answers late would else fall ever further behind what comes in. A record may be sent
// twice: before it is removed the process may die, the answer be lost, or one before it fail.
import type { Clock } from '../../../lib/clock.ts'
import { type RetryPolicy, retryDelayMs } from '../../../lib/retry.ts'
import type { Slots } from '../../../lib/slots.ts'
import { withDeadline } from '../deadline.ts'
import { type Log, LogError, type Source } from '../log.ts'
import type { Spool } from './spool.ts'

export type DrainDeps = {
  readonly spool: Spool
  readonly log: Pick<Log, 'append'>
  readonly clock: Clock
  readonly random: () => number
  /** A log that takes longer counts as away. */
  readonly appendTimeoutMs: number
  /** Shared by all drains: how many of them read and send at once. */
  readonly slots: Slots
  /** Ends everything; what is not sent yet waits for the next start. */
  readonly signal: AbortSignal
  readonly onSent: () => void
  readonly onChange: () => void
  readonly onRetry: (source: Source, attempt: number, error: unknown) => void
}

/** Taken from the spool, sent and removed together; after a failure, one record is tried alone. */
const BATCH_BYTES_MAX = 256 << 10
const RETRY: RetryPolicy = { baseMs: 100, capMs: 5_000 }
/**
 * Until a record is sent again although the log has not answered. Far more than an append may take, so that
 * a log which is only slow gets no flood of copies; and not for ever, so that a lost answer holds nothing up.
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
   * The log did not take this partition's last record in time, and the drain is at work on it, which will
   * notice when that changes: no need for others to ask.
   */
  get isAway(): boolean {
    return this.#isAway && this.#deps.spool.firstOffset(this.source) !== null
  }

  /** An append that took the direct way was not answered in time. */
  noteAway(): void {
    this.#isAway = true
  }

  /** To be called when records wait. */
  wake(): void {
    this.#running ??= this.#run()
  }

  /** Resolves when the drain stands still: after the signal, at once. */
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
   * Sends records up to the one that reaches `bytesMax`, and removes those before the first that failed. Where an
   * earlier batch was sent but not removed, that is made up for and nothing else.
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

  /** While the spool fails we cannot notice that the log is back: appends must ask it themselves. */
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

/** Other faults would meet the record later as well: its sender must hear of them. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof LogError && error.code === 'unavailable'
}
