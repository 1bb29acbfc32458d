// Archiving in a thread of its own: decoding events and writing Parquet takes longer than counting, and would slow
// down the main thread. Records are sent there as bytes, sketches of viewers come back.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { Slots } from '../../../lib/slots.ts'
import { HyperLogLog } from '../../../model/hyper-log-log.ts'
import type { HourSketch } from '../../../model/viewer-sketches.ts'
import type { RecordArchive, RecordBatch } from '../../../stores/archive/archive.ts'
import { memoryOf, type PackedRecords, packRecords } from './packed-records.ts'

/** A request to the thread: one batch at a time. */
export type ArchiveOrder = Omit<RecordBatch, 'records'> & { readonly records: PackedRecords }

/** The thread's answer to each request. */
export type ArchiveReply =
  | { readonly sketches: readonly (Omit<HourSketch, 'sketch'> & { readonly sketch: Uint8Array })[] }
  | { readonly error: unknown }

const ARCHIVE_WORKER = new URL('./archive-worker.ts', import.meta.url)

export class ArchiveThread implements RecordArchive {
  readonly #file: URL
  readonly #settings: unknown
  #worker: Worker | null = null
  readonly #turns = new Slots(1)

  /** `settings` are those of the archive, which the thread opens for itself. */
  constructor(settings: unknown, file = ARCHIVE_WORKER) {
    this.#settings = settings
    this.#file = file
  }

  /** Batches are stored one after the other. Rejects also if the thread died; the next call starts another. */
  store(batch: RecordBatch): Promise<readonly HourSketch[]> {
    return this.#turns.use(() => this.#ask(batch))
  }

  /** To be called when all calls have ended. */
  async close(): Promise<void> {
    await this.#worker?.terminate()
  }

  async #ask({ records, ...place }: RecordBatch): Promise<HourSketch[]> {
    this.#worker ??= this.#start()
    const worker = this.#worker
    const packed = packRecords(records)
    const order: ArchiveOrder = { ...place, records: packed }
    const waiting = new AbortController()
    worker.postMessage(order, memoryOf(packed))
    try {
      const replied = once(worker, 'message', { signal: waiting.signal })
      const [reply] = (await Promise.race([replied, endOf(worker, waiting.signal)])) as [ArchiveReply]
      if ('error' in reply) throw reply.error
      return reply.sketches.map((one) => ({ ...one, sketch: HyperLogLog.decode(one.sketch) }))
    } finally {
      waiting.abort() // a pending waiter would keep every reply in memory for as long as the thread lives
    }
  }

  #start(): Worker {
    const worker = new Worker(this.#file, { workerData: this.#settings, name: 'archive' })
    const forget = () => {
      if (this.#worker === worker) this.#worker = null
    }
    return worker.on('error', forget).on('exit', forget)
  }
}

/** Rejects when the thread ends, for whatever reason. */
async function endOf(worker: Worker, signal: AbortSignal): Promise<never> {
  const [code] = await once(worker, 'exit', { signal })
  throw new Error(`the thread that archives ended with exit code ${code}`)
}
