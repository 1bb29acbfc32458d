// What every question over a range of time goes through, whatever it asks: key ▸ rate ▸ read ▸ rate ▸ answer. It is
// answered from the store, by the answer that an equal question is about to get, or by what was known last.
import type { FastifyRequest } from 'fastify'
import { readerOf } from '../../lib/http/keys/caller.ts'
import type { Shown } from '../../lib/http/keys/share-links.ts'
import type { Meta } from './answer/meta.ts'
import type { QueryDeps } from './deps.ts'
import { knownRangeQuestion } from './question/known-question.ts'
import { REQUEST_COST } from './question/question-cost.ts'
import type { AskedRange } from './question/range.ts'
import { Coalesced } from './read/coalesced.ts'

/** A question that was read, and who asks it when. */
export type Asked<Question> = {
  readonly request: FastifyRequest
  readonly tenant: string
  readonly nowMs: number
  readonly question: Question
}

/** What a question is remembered by. */
export type Remembered = {
  /** Answers of one group are forgotten together. */
  readonly group: string
  /** All that is asked but its range, the tenant included. */
  readonly about: readonly unknown[]
}

export class QuestionsOverRanges {
  readonly #deps: QueryDeps
  readonly #coalesced = new Coalesced()

  constructor(deps: QueryDeps) {
    this.#deps = deps
  }

  /**
   * A link that shows `shown` may ask it too; null: none may. Fails with ProblemError: as `readerOf`, `rate-limited`,
   * and what `read` fails with.
   */
  take<Question>(
    request: FastifyRequest,
    shown: Shown | null,
    read: (nowMs: number) => Question,
    costOf: (question: Question) => number,
  ): Asked<Question> {
    const { keys, clock, rate } = this.#deps
    const tenant = readerOf(request, keys, shown)
    const nowMs = clock.nowMs()
    rate.take(request, tenant, REQUEST_COST)
    const question = read(nowMs)
    rate.take(request, tenant, costOf(question))
    return { request, tenant, nowMs, question }
  }

  async answer<Question extends { readonly range: AskedRange }, Answer extends { readonly meta: Meta }>(
    { request, tenant, nowMs, question }: Asked<Question>,
    { group, about }: Remembered,
    get: (deps: QueryDeps, tenant: string, question: Question) => Promise<Answer>,
  ): Promise<Answer> {
    const known = knownRangeQuestion(group, about, question.range, nowMs)
    // Nobody joins an answer that may hold less than is counted by now.
    const { asOfMs } = this.#deps.progress()
    const key = JSON.stringify([request.routeOptions.url, asOfMs, tenant, question])
    const answer = await this.#deps.lastKnown.ask(known, () =>
      this.#coalesced.ask(key, () => get(this.#deps, tenant, question)),
    )
    const { asOf } = answer.meta
    if (asOf !== null) this.#deps.traces?.note('tally.as_of', asOf)
    return answer
  }
}
