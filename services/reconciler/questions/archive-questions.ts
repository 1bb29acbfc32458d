// Bounds the work of questions that are answered from the archive: one is counted at a time, some wait, all end in
// time, and equal questions share one answer.
import type { Clock } from '../../../lib/clock.ts'
import { ProblemError } from '../../../lib/http/problem.ts'
import { Slots } from '../../../lib/slots.ts'
import { SECOND_MS } from '../../../model/bucket.ts'
import { Coalesced } from '../../query/read/coalesced.ts'
import type { HowFarArchived } from '../archiving/archived.ts'

export type ArchiveQuestionsDeps = {
  readonly archived: { look(): Promise<HowFarArchived> }
  /** Archives soon what is waiting. */
  readonly hurry: () => void
  readonly clock: Clock
}

export type QuestionBounds = {
  /** Counted or waiting. */
  readonly askedAtOnceMax: number
  /** Of these, by share links, whose number nobody bounds. Left out: as many. */
  readonly byLinkAtOnceMax?: number
  /** A balancer waits longer. */
  readonly msMax: number
}

/** Fails when aborted. */
type Count<T> = (archived: HowFarArchived, signal: AbortSignal) => Promise<T>

/** Each takes a core as long as it lasts: in one process with the stream there must be one left. */
const COUNTED_AT_ONCE_MAX = 1
const LOOK_INTERVAL_MS = SECOND_MS

export class ArchiveQuestions {
  readonly #deps: ArchiveQuestionsDeps
  readonly #bounds: QuestionBounds
  readonly #slots = new Slots(COUNTED_AT_ONCE_MAX)
  readonly #coalesced = new Coalesced()
  readonly #stopping = new AbortController()
  #asked = 0
  #askedByLink = 0
  #looked: { readonly atMs: number; readonly archived: Promise<HowFarArchived> } | null = null

  constructor(deps: ArchiveQuestionsDeps, bounds: QuestionBounds) {
    this.#deps = deps
    this.#bounds = bounds
  }

  /**
   * What `count` makes of the archive; equal `about` at the same time share it. Fails with ProblemError:
   * `invalid-request`, `overloaded`, `store-unavailable`.
   */
  async count<T>(about: readonly unknown[], count: Count<T>, isByLink = false): Promise<T> {
    this.#deps.hurry()
    try {
      const archived = await this.#look()
      const key = JSON.stringify([about, archived])
      return await this.#coalesced.ask(key, () => this.#inTime(archived, count, isByLink))
    } catch (error) {
      throw error instanceof ProblemError ? error : unavailable(error)
    }
  }

  /** Ends what is asked, now and later. */
  stop(): void {
    this.#stopping.abort()
  }

  async #inTime<T>(archived: HowFarArchived, count: Count<T>, isByLink: boolean): Promise<T> {
    const { msMax } = this.#bounds
    if (this.#stopping.signal.aborted) throw stopped()
    const leave = this.#enter(isByLink)
    const end = new AbortController()
    const done = new AbortController()
    const waiting = AbortSignal.any([done.signal, this.#stopping.signal])
    const tooLate = this.#deps.clock.sleep(msMax, waiting).then(() => {
      end.abort()
      if (this.#stopping.signal.aborted) throw stopped()
      throw overloaded('The answer takes too long: ask for a shorter range, or again later.')
    })
    const counted = this.#slots.use(async () => {
      end.signal.throwIfAborted()
      return count(archived, end.signal)
    })
    const ended = counted.finally(leave)
    try {
      return await Promise.race([ended, tooLate])
    } finally {
      done.abort()
    }
  }

  /** Counts one more question, until the returned function is called. Fails with ProblemError `overloaded`. */
  #enter(isByLink: boolean): () => void {
    const { askedAtOnceMax, byLinkAtOnceMax = askedAtOnceMax } = this.#bounds
    if (this.#asked >= askedAtOnceMax)
      throw overloaded(`${askedAtOnceMax} such questions are asked at once: there may be no more.`)
    if (isByLink && this.#askedByLink >= byLinkAtOnceMax)
      throw overloaded(
        `${byLinkAtOnceMax} such questions are asked by share links at once: there may be no more.`,
      )
    this.#asked++
    if (isByLink) this.#askedByLink++
    return () => {
      this.#asked--
      if (isByLink) this.#askedByLink--
    }
  }

  /** At most once a second, for all. */
  #look(): Promise<HowFarArchived> {
    const { archived, clock } = this.#deps
    const atMs = clock.nowMs()
    if (this.#looked === null || Math.abs(atMs - this.#looked.atMs) >= LOOK_INTERVAL_MS) {
      this.#looked = { atMs, archived: archived.look() }
    }
    return this.#looked.archived
  }
}

function overloaded(detail: string): ProblemError {
  return new ProblemError({ type: 'overloaded', detail })
}

function stopped(): ProblemError {
  return new ProblemError({ type: 'not-ready', detail: 'The process stops. Ask again.' })
}

function unavailable(cause: unknown): ProblemError {
  const detail = 'The archive of raw events did not answer. Ask again.'
  return new ProblemError({ type: 'store-unavailable', detail, cause })
}
