// Bounds the work of questions that are answered from the archive: one is counted at a time, some wait, all end in
// time, and equal questions share one answer.
import type { Clock } from '../../lib/clock.ts'
import { ProblemError } from '../../lib/http/problem.ts'
import { Slots } from '../../lib/slots.ts'
import { SECOND_MS } from '../../model/bucket.ts'
import { Coalesced } from '../query/coalesced.ts'
import type { HowFarArchived } from './archived.ts'
import { type BreakdownAnswer, type BreakdownDeps, getBreakdown } from './breakdown.ts'
import type { AskedBreakdown } from './breakdown-question.ts'

export type BreakdownsDeps = BreakdownDeps & {
  readonly archived: { look(): Promise<HowFarArchived> }
  /** Archives soon what is waiting. */
  readonly hurry: () => void
  readonly clock: Clock
}

/** Fails when aborted. */
type Count<T> = (archived: HowFarArchived, signal: AbortSignal) => Promise<T>

/** Each takes a core as long as it lasts: in one process with the stream there must be one left. */
const COUNTED_AT_ONCE_MAX = 1
/** Counted or waiting. */
export const ASKED_AT_ONCE_MAX = 32
/** A balancer waits longer. */
export const BREAKDOWN_MS_MAX = 20 * SECOND_MS
const LOOK_INTERVAL_MS = SECOND_MS

export class Breakdowns {
  readonly #deps: BreakdownsDeps
  readonly #slots = new Slots(COUNTED_AT_ONCE_MAX)
  readonly #coalesced = new Coalesced()
  #asked = 0
  #looked: { readonly atMs: number; readonly archived: Promise<HowFarArchived> } | null = null

  constructor(deps: BreakdownsDeps) {
    this.#deps = deps
  }

  /** Fails with ProblemError: `invalid-request`, `overloaded`, `store-unavailable`. */
  ask(tenant: string, asked: AskedBreakdown): Promise<BreakdownAnswer> {
    return this.count(['breakdown', tenant, asked], (archived, signal) =>
      getBreakdown(this.#deps, tenant, asked, archived, signal),
    )
  }

  /** What `count` makes of the archive; equal `about` at the same time share it. Fails in the same way. */
  async count<T>(about: readonly unknown[], count: Count<T>): Promise<T> {
    this.#deps.hurry()
    try {
      const archived = await this.#look()
      return await this.#coalesced.ask(JSON.stringify([about, archived]), () => this.#inTime(archived, count))
    } catch (error) {
      throw error instanceof ProblemError ? error : unavailable(error)
    }
  }

  async #inTime<T>(archived: HowFarArchived, count: Count<T>): Promise<T> {
    if (this.#asked >= ASKED_AT_ONCE_MAX)
      throw overloaded(`${ASKED_AT_ONCE_MAX} such questions are asked at once: there may be no more.`)
    this.#asked++
    const late = new AbortController()
    const done = new AbortController()
    const tooLate = this.#deps.clock.sleep(BREAKDOWN_MS_MAX, done.signal).then(() => {
      late.abort()
      throw overloaded('The answer takes too long: ask for a shorter range, or again later.')
    })
    const counted = this.#slots.use(async () => {
      late.signal.throwIfAborted()
      return count(archived, late.signal)
    })
    const ended = counted.finally(() => this.#asked--)
    try {
      return await Promise.race([ended, tooLate])
    } finally {
      done.abort()
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
  return new ProblemError({ type: 'overloaded', detail: detail })
}

function unavailable(cause: unknown): ProblemError {
  const detail = 'The archive of raw events did not answer. Ask again.'
  return new ProblemError({ type: 'store-unavailable', detail, cause })
}
