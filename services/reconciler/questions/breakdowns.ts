// Breakdowns and whatever else is counted from the archive in their turn.
import { SECOND_MS } from '../../../model/bucket.ts'
import { ArchiveQuestions, type ArchiveQuestionsDeps } from './archive-questions.ts'
import { type BreakdownAnswer, type BreakdownDeps, getBreakdown } from './breakdown.ts'
import type { AskedBreakdown } from './breakdown-question.ts'

/** Counted or waiting. */
export const ASKED_AT_ONCE_MAX = 32
/** Of these, by share links of all tenants together. */
export const BY_LINK_AT_ONCE_MAX = 4
/** A balancer waits longer. */
export const BREAKDOWN_MS_MAX = 20 * SECOND_MS
const BOUNDS = {
  askedAtOnceMax: ASKED_AT_ONCE_MAX,
  byLinkAtOnceMax: BY_LINK_AT_ONCE_MAX,
  msMax: BREAKDOWN_MS_MAX,
}

export class Breakdowns {
  readonly #deps: BreakdownDeps
  readonly count: ArchiveQuestions['count']

  constructor(deps: BreakdownDeps & ArchiveQuestionsDeps) {
    this.#deps = deps
    const questions = new ArchiveQuestions(deps, BOUNDS)
    this.count = (about, count, isByLink) => questions.count(about, count, isByLink)
  }

  /** Fails as `count` does. */
  ask(tenant: string, asked: AskedBreakdown, isByLink: boolean): Promise<BreakdownAnswer> {
    return this.count(
      ['breakdown', tenant, asked],
      (archived, signal) => getBreakdown(this.#deps, tenant, asked, archived, signal),
      isByLink,
    )
  }
}
