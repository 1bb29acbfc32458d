// The threads that pack bodies. Each body goes to the one with the least to do; one that dies is begun anew after a
// while, and the others have its share meanwhile.
import type { Clock } from '../../../lib/clock.ts'
import type { Service } from '../../../lib/http/start-service.ts'
import type { Opening } from '../../../lib/opening.ts'
import { DoorThread } from './door-thread.ts'
import { type DoorThreadsMetrics, doorThreadsMetrics, watchDoorThreads } from './door-threads-metrics.ts'
import type { AskNames, Packed, PackOrder, PackRules } from './pack-body.ts'
import type { Packing } from './packing.ts'

export type DoorThreadsOptions = {
  readonly count: number
  readonly rules: PackRules
  readonly clock: Clock
  readonly logger: Pick<Opening['logger'], 'error'>
  readonly metrics: DoorThreadsMetrics
  readonly bodyBytesMin?: number
  /** The program of each thread. */
  readonly file?: URL
}

/** A thread that dies again and again must not take the processor from the others. */
const RESTART_MS = 1_000
/** So many bytes take a thread as long to read as it takes to send them there and back. */
const BODY_BYTES_MIN = 2 << 10

export class DoorThreads implements Packing {
  readonly bodyBytesMin: number
  readonly #options: DoorThreadsOptions
  readonly #threads: readonly DoorThread[]
  readonly #closing = new AbortController()

  private constructor(options: DoorThreadsOptions) {
    this.#options = options
    this.bodyBytesMin = options.bodyBytesMin ?? BODY_BYTES_MIN
    this.#threads = Array.from({ length: options.count }, () => new DoorThread(options.rules, options.file))
  }

  /** Resolves when all of them take bodies; fails if one of them cannot be begun. */
  static async open(options: DoorThreadsOptions): Promise<DoorThreads> {
    const opened = new DoorThreads(options)
    const starts = await Promise.allSettled(opened.#threads.map((thread) => opened.#start(thread)))
    const failure = starts.find((start) => start.status === 'rejected')
    if (failure === undefined) return opened
    await opened.close()
    throw failure.reason
  }

  get isUp(): boolean {
    return this.#threads.some(({ isUp }) => isUp)
  }

  /** How many take bodies. */
  get up(): number {
    return this.#threads.filter(({ isUp }) => isUp).length
  }

  get waitedMs(): number {
    return this.#leastBusy().waitedMs
  }

  pack(body: Buffer, order: PackOrder, ask: AskNames | null): Promise<Packed> {
    return this.#leastBusy().pack(body, order, ask)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.all(this.#threads.map((thread) => thread.close()))
  }

  #leastBusy(): DoorThread {
    let found = this.#threads[0]!
    for (const thread of this.#threads) {
      if (thread.isUp && (!found.isUp || thread.bytes < found.bytes)) found = thread
    }
    return found
  }

  #start(thread: DoorThread): Promise<void> {
    return thread.start(this.#options.clock, (err) => {
      if (this.#closing.signal.aborted) return
      this.#options.metrics.died()
      this.#options.logger.error({ err }, 'a thread of the door died; another takes its place')
      void this.#restart(thread)
    })
  }

  async #restart(thread: DoorThread): Promise<void> {
    const { clock, logger } = this.#options
    const { signal } = this.#closing
    while (!signal.aborted && !thread.isUp) {
      await clock.sleep(RESTART_MS, signal)
      if (signal.aborted) return
      await this.#start(thread).catch((err) => {
        if (!signal.aborted) logger.error({ err }, 'a thread of the door cannot be begun')
      })
    }
    if (signal.aborted) await thread.close() // it was begun while the others were closed
  }
}

/** Null where the thread that takes bodies also reads them. They end when the stack closes. */
export async function openDoorThreads(
  { stack, clock, logger, registry }: Pick<Service, 'stack' | 'clock' | 'logger' | 'registry'>,
  workers: number,
  rules: PackRules,
): Promise<DoorThreads | null> {
  let threads: DoorThreads | null = null
  const metrics = doorThreadsMetrics(registry)
  watchDoorThreads(registry, () => threads?.up ?? 0)
  if (workers === 1) return null
  threads = await DoorThreads.open({ count: workers, rules, clock, logger, metrics })
  const opened = threads
  stack.defer(() => opened.close())
  return opened
}
