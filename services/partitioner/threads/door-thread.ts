// One thread that packs bodies, as the thread sees it that takes requests. It has no log and no store: where it dies,
// nothing of the bodies that it had is stored, and their senders are told so.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Clock } from '../../../lib/clock.ts'
import { ProblemError } from '../../../lib/http/problem.ts'
import type { Layout } from '../../../model/layout.ts'
import { overloaded } from '../receive-body.ts'
import { type FromThread, receivedPacked, type ToThread } from './messages.ts'
import type { AskNames, Packed, PackOrder, PackRules } from './pack-body.ts'

type Job = {
  readonly bytes: number
  /** By `performance.now`. */
  readonly sinceMs: number
  readonly ask: AskNames | null
  readonly done: PromiseWithResolvers<Packed>
}

const DOOR_WORKER = new URL('./door-worker.ts', import.meta.url)
/** Generous, because a busy machine is slow: one that hangs is ended, and another begun. */
export const START_MS_MAX = 30_000

export class DoorThread {
  readonly #rules: PackRules
  readonly #file: URL
  /** Null while it is not ready. */
  #worker: Worker | null = null
  #starting: Worker | null = null
  #layouts: readonly Layout[] | null = null
  readonly #jobs = new Map<number, Job>()
  #lastId = 0
  #bytes = 0

  constructor(rules: PackRules, file = DOOR_WORKER) {
    this.#rules = rules
    this.#file = file
  }

  get isUp(): boolean {
    return this.#worker !== null
  }

  /** Of the bodies that it has. */
  get bytes(): number {
    return this.#bytes
  }

  /** How long its oldest body has waited; 0 if it has none. */
  get waitedMs(): number {
    const oldest = this.#jobs.values().next().value
    return oldest === undefined ? 0 : performance.now() - oldest.sinceMs
  }

  /**
   * Resolves when it takes bodies. `onEnd` is called when it ends after that; before, and where it takes none in time,
   * this rejects.
   */
  async start(clock: Pick<Clock, 'sleep'>, onEnd: (reason: unknown) => void): Promise<void> {
    const worker = new Worker(this.#file, { workerData: this.#rules, name: 'door' })
    const ended = once(worker, 'exit').then(([code]) => {
      throw new Error(`a thread of the door ended with exit code ${code}`)
    })
    this.#starting = worker
    const waiting = new AbortController()
    const late = clock.sleep(START_MS_MAX, waiting.signal).then(() => {
      throw new Error(`a thread of the door took no bodies within ${START_MS_MAX / 1_000} s`)
    })
    try {
      await Promise.race([once(worker, 'message'), ended, late])
    } catch (error) {
      await worker.terminate()
      throw error
    } finally {
      this.#starting = null
      waiting.abort()
    }
    worker.on('message', (message: Exclude<FromThread, 'ready'>) => this.#receive(message))
    this.#worker = worker
    this.#layouts = null
    ended.catch((error) => {
      this.#worker = null
      this.#failAll(overloaded)
      onEnd(error)
    })
  }

  pack(body: Buffer, { layouts, ...order }: PackOrder, ask: AskNames | null): Promise<Packed> {
    if (this.#worker === null) return Promise.reject(overloaded())
    const id = ++this.#lastId
    const done = Promise.withResolvers<Packed>()
    const bytes = new Uint8Array(body) // memory of its own, which can be handed over
    const message: ToThread = {
      ...{ id, body: bytes, order, asks: ask !== null },
      layouts: layouts === this.#layouts ? null : layouts,
    }
    this.#worker.postMessage(message, [bytes.buffer])
    this.#jobs.set(id, { bytes: body.length, sinceMs: performance.now(), ask, done })
    this.#bytes += body.length
    this.#layouts = layouts
    return done.promise
  }

  /** Bodies that it still has fail with `closing`. */
  async close(): Promise<void> {
    const [worker, starting] = [this.#worker, this.#starting]
    this.#failAll(closing)
    await Promise.all([worker?.terminate(), starting?.terminate()])
  }

  #receive(message: Exclude<FromThread, 'ready'>): void {
    const job = this.#jobs.get(message.id)
    if (job === undefined) return
    if ('named' in message) {
      this.#ask(message.id, job, message.items, message.named)
      return
    }
    this.#forget(message.id, job)
    if ('packed' in message) job.done.resolve(receivedPacked(message.packed))
    else job.done.reject('problem' in message ? new ProblemError(message.problem) : message.error)
  }

  async #ask(id: number, job: Job, ...asked: Parameters<AskNames>): Promise<void> {
    try {
      this.#answer({ id, refused: await job.ask!(...asked) })
    } catch (error) {
      this.#answer({ id, refused: null })
      this.#forget(id, job)
      job.done.reject(error)
    }
  }

  #answer(message: ToThread): void {
    if (this.#jobs.has(message.id)) this.#worker?.postMessage(message)
  }

  #forget(id: number, { bytes }: Job): void {
    if (this.#jobs.delete(id)) this.#bytes -= bytes
  }

  #failAll(why: () => ProblemError): void {
    for (const [id, job] of this.#jobs) {
      this.#forget(id, job)
      job.done.reject(why())
    }
  }
}

function closing(): ProblemError {
  const detail = 'None of these events is stored. Send them again, to another server if there is one.'
  return new ProblemError({ type: 'closing', detail })
}
