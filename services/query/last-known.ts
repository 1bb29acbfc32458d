// Availability over consistency: where the store of counts is away, what was last answered to a question answers it
// again, and says that it is stale and of when. It knows no question, no route and no store.
//
// - A store that fails, or is left alone by its breaker, is passed by at once. For one that hangs nobody waits longer
//   than some patience; while an earlier call is overdue, the patience is short.
// - An answer that is told so never claims to be complete, and its times are those that it was given with.
// - What was answered within some minutes before the store went away answers for as long as it is away.
// - What processes share is a hint: it spares a 503 where this process was never asked.

import type { Clock } from '../../lib/clock.ts'
import { ProblemError } from '../../lib/http/problem.ts'
import { RecentValues } from '../../lib/recent-values.ts'
import { MINUTE_MS } from '../../model/bucket.ts'
import type { SharedCache } from '../../stores/cache/cache.ts'
import { answerBytes, readAnswer } from './answer-text.ts'
import type { KnownQuestion } from './known-question.ts'

export type LastKnownSettings = {
  /** For so long a known question waits for the store. */
  readonly patienceMs: number
  /** The same while an earlier question has waited longer than its patience. */
  readonly shortPatienceMs: number
  /** An answer is not kept again sooner. */
  readonly renewIntervalMs: number
  /** … nor shared again sooner. */
  readonly shareIntervalMs: number
  /** How old an answer may be when the store goes away, and so how long what is shared is kept. */
  readonly knownMs: number
  /** All that is kept. */
  readonly bytesMax: number
  /** A longer answer is not kept. */
  readonly answerBytesMax: number
}

export const LAST_KNOWN_SETTINGS: LastKnownSettings = {
  patienceMs: 1_000,
  shortPatienceMs: 150,
  renewIntervalMs: 1_000,
  shareIntervalMs: 10_000,
  knownMs: 10 * MINUTE_MS,
  bytesMax: 48 << 20,
  answerBytesMax: 1 << 20,
}

export type LastKnownDeps = {
  readonly clock: Clock
  /** What processes share; null where there is but one, or no cache. */
  readonly shared: SharedCache | null
  /** A stale answer was given. */
  readonly onStale: () => void
}

type Answer = { readonly meta: { readonly stale: boolean } }
type Kept = { readonly bytes: Uint8Array; readonly keptMs: number; readonly sharedMs: number }
type Outcome<T> =
  | { readonly kind: 'answered'; readonly answer: T }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'late' }

const LATE = { kind: 'late' } as const
/** Of an entry beside its bytes: its name and what holds it, about. */
const ENTRY_BYTES = 200

export class LastKnown {
  readonly #deps: LastKnownDeps
  readonly #settings: LastKnownSettings
  #kept: RecentValues<Kept>
  /** Questions that have waited longer than their patience and wait still. */
  #overdue = 0
  /** When the store last answered. */
  #answeredMs = Number.NEGATIVE_INFINITY

  constructor(deps: LastKnownDeps, settings: LastKnownSettings = LAST_KNOWN_SETTINGS) {
    this.#deps = deps
    this.#settings = settings
    this.#kept = new RecentValues(settings.bytesMax)
  }

  /** From now on this process tells nothing of before. */
  forgetAll(): void {
    this.#kept = new RecentValues(this.#settings.bytesMax)
  }

  /**
   * What `ask` answers, or what was last answered to the question where `ask` fails with `store-unavailable` or takes
   * too long. Where nothing is known it waits, and fails as `ask` does.
   */
  async ask<T extends Answer>(question: KnownQuestion, ask: () => Promise<T>): Promise<T> {
    const mark = await this.#markToShare(question)
    const kept = this.#kept
    const asked = ask().then((answer) => {
      if (!answer.meta.stale && kept === this.#kept) this.#keep(question, mark, answer)
      return answer
    })
    const outcome = await this.#patiently(asked)
    if (outcome.kind === 'answered') return outcome.answer
    const known = await this.#find<T>(question)
    if (known !== null) {
      this.#deps.onStale()
      return staleOf(known)
    }
    if (outcome.kind === 'failed') throw outcome.error
    return asked
  }

  async #patiently<T>(asked: Promise<T>): Promise<Outcome<T>> {
    const { patienceMs, shortPatienceMs } = this.#settings
    const settled = new AbortController()
    const outcome = asked.then(
      (answer) => ({ kind: 'answered', answer }) as const,
      (error: unknown) => ({ kind: 'failed', error }) as const,
    )
    const waitMs = this.#overdue > 0 ? shortPatienceMs : patienceMs
    const late = this.#deps.clock.sleep(waitMs, settled.signal).then(() => LATE)
    const first = await Promise.race([outcome, late])
    settled.abort()
    if (first.kind === 'failed' && !isStoreAway(first.error)) throw first.error
    if (first.kind === 'late') {
      this.#overdue++
      outcome.finally(() => this.#overdue--)
    }
    return first
  }

  async #find<T>(question: KnownQuestion): Promise<T | null> {
    for (const name of question.names) {
      const kept = this.#kept.get(name)
      if (kept === undefined || this.#answeredMs - kept.keptMs > this.#settings.knownMs) continue
      const answer = readAnswer<T>(kept.bytes)
      if (answer !== null) return answer
    }
    return this.#findShared(question)
  }

  async #findShared<T>({ group, names }: KnownQuestion): Promise<T | null> {
    const { shared } = this.#deps
    if (shared === null) return null
    const found = await Promise.all(names.map((name) => shared.read(group, keyOf(name)).catch(() => null)))
    for (const entry of found) {
      const answer = entry === null || entry.value === null ? null : readAnswer<T>(entry.value)
      if (answer !== null) return answer
    }
    return null
  }

  /** It is to be read before the store is; null where nothing is to be shared. */
  async #markToShare({ group, names: [name] }: KnownQuestion): Promise<string | null> {
    const { shared, clock } = this.#deps
    if (shared === null) return null
    const kept = this.#kept.get(name!)
    if (kept !== undefined && clock.nowMs() - kept.sharedMs < this.#settings.shareIntervalMs) return null
    return shared.read(group, keyOf(name!)).then(
      ({ mark }) => mark,
      () => null,
    )
  }

  #keep(question: KnownQuestion, mark: string | null, answer: object): void {
    const nowMs = this.#deps.clock.nowMs()
    this.#answeredMs = Math.max(this.#answeredMs, nowMs)
    const before = this.#kept.get(question.names[0]!)
    const { renewIntervalMs, answerBytesMax } = this.#settings
    if (before !== undefined && nowMs - before.keptMs < renewIntervalMs && mark === null) return
    const kept = this.#kept
    const keep = (bytes: Buffer | null) => {
      if (bytes === null) return
      const sharedMs = mark === null ? (before?.sharedMs ?? Number.NEGATIVE_INFINITY) : nowMs
      for (const name of question.names) {
        kept.set(name, { bytes, keptMs: nowMs, sharedMs }, bytes.length + ENTRY_BYTES)
      }
      if (mark !== null) this.#share(question, mark, bytes)
    }
    answerBytes(answer, answerBytesMax).then(keep, () => {}) // nobody waits for it
  }

  #share({ group, names }: KnownQuestion, mark: string, bytes: Uint8Array): void {
    for (const name of names) {
      this.#deps.shared?.write(group, keyOf(name), mark, bytes, this.#settings.knownMs).catch(() => {})
    }
  }
}

function keyOf(name: string): string {
  return `known:${name}`
}

function isStoreAway(error: unknown): boolean {
  return error instanceof ProblemError && error.type === 'store-unavailable'
}

function staleOf<T extends Answer>(answer: T): T {
  const { meta } = answer
  return { ...answer, meta: { ...meta, ...('complete' in meta && { complete: false }), stale: true } }
}
