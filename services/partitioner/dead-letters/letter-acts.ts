// The journal of actions on each letter: the latest act determines the letter's state.

import type { Clock } from '../../../lib/clock.ts'
import { ProblemError } from '../../../lib/http/problem.ts'
import type { Journal } from '../../../stores/counts/journal.ts'

export const STATES = ['open', 'replayed', 'discarded'] as const
export type LetterState = (typeof STATES)[number]

/** `replay-begun` is written before any event is stored, so that after a crash it is known what may be in the log. */
type ActName = 'replay-begun' | 'replayed-in-part' | 'replayed' | 'discarded'

/** How the events of a letter ended. All numbers are of events. */
export type Outcome = {
  readonly accepted: number
  /** Accepted as late: the batch layer will count them. */
  readonly late: number
  readonly rejected: number
  readonly unreadable: number
  /** The first FAULTS_KEPT_MAX of the events that are not stored, and why. */
  readonly faults: readonly { readonly index: number; readonly code: string; readonly detail: string }[]
}

export type Act = {
  readonly act: ActName
  /** A name of the admin's key; null where keys are off. */
  readonly by: string | null
  /** The identity under which the letter's event may be in the log: see Plan. Copied from act to act. */
  readonly identity: string | null
  readonly outcome?: Outcome
  /** The event as an operator has corrected it. */
  readonly event?: unknown
  readonly reason?: string
}

export type RecordedAct = Act & { readonly atMs: number }

const BOOK = 'dead-letters'

export function stateOf(latest: RecordedAct | null): LetterState {
  switch (latest?.act) {
    case 'replayed':
      return 'replayed'
    case 'discarded':
      return 'discarded'
    default:
      return 'open'
  }
}

/** All calls fail with ProblemError `journal-unavailable`. */
export class Acts {
  readonly #journal: Journal
  readonly #clock: Pick<Clock, 'nowMs'>
  #lastMs = 0

  constructor(journal: Journal, clock: Pick<Clock, 'nowMs'>) {
    this.#journal = journal
    this.#clock = clock
  }

  async latest(letterId: string): Promise<RecordedAct | null> {
    const entry = await this.#journal.find(BOOK, letterId).catch(refuseUnrecorded)
    return entry === null ? null : { ...(entry.body as Act), atMs: entry.atMs }
  }

  /** Resolves when it is durable. Its time is later than that of `previous`, whatever the clocks say. */
  async record(letterId: string, act: Act, previous: RecordedAct | null): Promise<RecordedAct> {
    this.#lastMs = Math.max(this.#clock.nowMs(), this.#lastMs + 1, (previous?.atMs ?? 0) + 1)
    const recorded = { ...act, atMs: this.#lastMs }
    await this.#journal
      .append(BOOK, { atMs: recorded.atMs, key: letterId, body: act })
      .catch(refuseUnrecorded)
    return recorded
  }
}

function refuseUnrecorded(cause: unknown): never {
  throw new ProblemError({
    type: 'journal-unavailable',
    detail: 'Send this again in a moment: what has been done already is not done twice.',
    cause,
  })
}
