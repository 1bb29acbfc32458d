// processEvents: capture → split → deliver → merge. A list of any length is captured batch by batch, as it is sent.
import { Batch } from './batch.ts'
import { type Courier, deliver } from './deliver.ts'
import { TallyError, type UnresolvedEvent } from './errors.ts'
import {
  type Captured,
  type CaptureRules,
  capture,
  isMisplaced,
  type Rejection,
  recapture,
  type TallyEvent,
  utf8Bytes,
} from './event.ts'
import { type BatchLimit, batchCutter, SERVER_LIMIT } from './split.ts'

export type ProcessResult = {
  /** Stored durably, late ones included. */
  readonly accepted: number
  /** How many of the accepted were too old to be counted at once: a later recount adds them. */
  readonly late: number
  /** By index in the given list, in order. */
  readonly rejected: readonly Rejection[]
}

export type ProcessOptions = { readonly signal?: AbortSignal }

export type Sender = {
  readonly courier: Courier
  readonly rules: CaptureRules
  /** Requests in flight at once, of one call. */
  readonly concurrency: number
}

/** So many batches refused one after the other mean that the next will be, too: a key that is none, a wrong url. */
const REFUSED_IN_A_ROW_MAX = 5

/** See `Client.processEvents`. */
export async function processEvents(
  sender: Sender,
  events: readonly TallyEvent[],
  options: ProcessOptions = {},
): Promise<ProcessResult> {
  const call = new Call(sender, listOf(events), options.signal)
  await Promise.all(Array.from({ length: sender.concurrency }, () => call.work()))
  return call.finish()
}

/** A copy, so that the caller may empty the list meanwhile. A hole is an event that is undefined. */
function listOf(events: unknown): TallyEvent[] {
  try {
    if (typeof events === 'object' && events !== null && (Symbol.iterator in events || 'length' in events)) {
      return Array.from(events as ArrayLike<TallyEvent>)
    }
  } catch (cause) {
    throw new TallyError('invalid_argument', 'the list of events cannot be read', { cause })
  }
  throw new TallyError('invalid_argument', 'processEvents takes a list of events')
}

/** A captured event and its place in the given list. */
type Placed = Captured & { readonly index: number }

class Call {
  readonly #sender: Sender
  readonly #signal: AbortSignal | undefined
  readonly #captured: Iterator<Placed, void>
  readonly #nextBatch: () => Placed[]
  readonly #rejected: Rejection[] = []
  readonly #unresolved: UnresolvedEvent[] = []
  #accepted = 0
  #late = 0
  /** Shrinks when the server finds a batch too large. */
  #limit: BatchLimit = SERVER_LIMIT
  #failure: TallyError | null = null
  #answers = 0
  #refusedInARow = 0
  #isStopped = false

  constructor(sender: Sender, events: TallyEvent[], signal: AbortSignal | undefined) {
    this.#sender = sender
    this.#signal = signal
    this.#captured = this.#capture(events)
    this.#nextBatch = batchCutter(this.#captured, () => this.#limit)
  }

  /** Sends batches one after the other until there are no more. */
  async work(): Promise<void> {
    while (!this.#isStopped) {
      const batch = Batch.of(this.#nextBatch())
      if (batch.length === 0) return
      await this.#settle(batch)
    }
  }

  /** Throws a TallyError if the fate of any event is unknown. */
  finish(): ProcessResult {
    const failure = this.#failure
    if (failure !== null) {
      for (let batch = this.#nextBatch(); batch.length > 0; batch = this.#nextBatch())
        this.#leave(Batch.of(batch), failure)
    }
    const result = { accepted: this.#accepted, late: this.#late, rejected: this.#rejected }
    this.#rejected.sort((a, b) => a.index - b.index)
    if (failure === null) return result
    this.#unresolved.sort((a, b) => a.index - b.index)
    throw new TallyError(failure.code, `${failure.message} (${this.#unresolved.length} events unresolved)`, {
      cause: failure,
      answered: result,
      unresolved: this.#unresolved,
      ...(failure.status !== undefined && { status: failure.status }),
      ...(failure.problem !== undefined && { problem: failure.problem }),
    })
  }

  *#capture(events: TallyEvent[]): Generator<Placed, void> {
    const { courier, rules } = this.#sender
    const nowMs = courier.runtime.nowMs()
    for (let index = 0; index < events.length; index++) {
      const taken = capture(events[index]!, nowMs, rules)
      if ('json' in taken) yield { ...taken, index }
      else this.#rejected.push({ index, ...taken })
    }
  }

  /** Afterwards each event of the batch is accepted, rejected or unresolved. */
  async #settle(batch: Batch, isMended = false): Promise<void> {
    if (this.#isStopped) return this.#leave(batch, this.#failure!)
    const answersBefore = this.#answers
    const outcome = await deliver(this.#sender.courier, batch, this.#signal)
    switch (outcome.kind) {
      case 'answered': {
        this.#answers++
        this.#refusedInARow = 0
        this.#accepted += outcome.accepted
        this.#late += outcome.late
        if (outcome.offsetMs !== null) this.#sender.rules.offsetMs = outcome.offsetMs
        const mended = this.#reject(batch, outcome.rejected, !isMended && !outcome.wasOpen)
        if (mended.length > 0) await this.#settle(Batch.of(mended), true)
        return
      }
      case 'too_large':
        return this.#halve(batch, isMended)
      case 'refused':
        this.#leave(batch, outcome.error)
        this.#isStopped ||= ++this.#refusedInARow >= REFUSED_IN_A_ROW_MAX
        return
      case 'retry':
      case 'aborted':
        this.#leave(batch, outcome.error)
        // Where others were answered meanwhile, the fault is in this batch and not in the way to the server.
        this.#isStopped ||= outcome.kind === 'aborted' || this.#answers === answersBefore
    }
  }

  /**
   * Notes the rejections, and returns the events that are worth another attempt with a mended time: this machine's
   * clock is wrong, the time was taken from it, and it is certain that the event is not stored under the old one.
   */
  #reject(batch: Batch, rejected: readonly Rejection[], mayMend: boolean): Placed[] {
    const mended: Placed[] = []
    for (const { index, code, detail } of rejected) {
      const again = mayMend && isMisplaced(code) ? this.#mend(batch, index) : null
      const placed = batch.indexAt(index)
      if (again !== null) mended.push({ ...again, index: placed })
      else this.#rejected.push({ index: placed, code, detail })
    }
    return mended
  }

  #mend(batch: Batch, place: number): Captured | null {
    const clockMs = batch.clockMsAt(place)
    if (clockMs === undefined) return null
    const again = recapture(batch.eventAt(place), clockMs, this.#sender.rules)
    return 'json' in again && again.json !== batch.jsonAt(place) ? again : null
  }

  async #halve(batch: Batch, isMended: boolean): Promise<void> {
    const bytes = utf8Bytes(batch.text)
    if (batch.length === 1) {
      const detail = `the server takes no body of ${bytes} bytes`
      this.#rejected.push({ index: batch.indexAt(0), code: 'too_large', detail })
      return
    }
    const bytesMax = Math.min(this.#limit.bytesMax, Math.ceil(bytes / 2))
    this.#limit = { ...this.#limit, bytesMax }
    const middle = Math.ceil(batch.length / 2)
    await this.#settle(batch.slice(0, middle), isMended)
    await this.#settle(batch.slice(middle, batch.length), isMended)
  }

  #leave(batch: Batch, failure: TallyError): void {
    this.#failure ??= failure
    for (let place = 0; place < batch.length; place++) {
      this.#unresolved.push({ index: batch.indexAt(place), event: batch.eventAt(place), code: failure.code })
    }
  }
}
