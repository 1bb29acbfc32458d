// Availability over consistency: while the store of counts is away, a question gets its last answer again, marked as
// stale and with its time. It knows no question, no route and no store.
//
// - A store that fails, or whose breaker is open, is skipped at once. For a store that hangs, a question waits for a
//   limited time; while an earlier call is overdue, that time is short.
// - Such an answer never claims to be complete or exact, and keeps its original times.
// - Answers from the last minutes before the store went away are used for as long as it is away.
// - Shared answers are a hint: they avoid a 503 in a process that was never asked the question.

import type { Clock } from '../../../lib/clock.ts'
import { ProblemError } from '../../../lib/http/problem.ts'
import { RecentValues } from '../../../lib/recent-values.ts'
import { MINUTE_MS } from '../../../model/bucket.ts'
import type { SharedCache } from '../../../stores/cache/cache.ts'
import type { KnownQuestion } from '../question/known-question.ts'
import { answerBytes, readAnswer } from './answer-text.ts'

export type LastKnownSettings = {
  /** How long a question with a known answer waits for the store. */
  readonly patienceMs: number
  /** The same while an earlier question is overdue. */
  readonly shortPatienceMs: number
  /** The shortest time until an answer is stored again. */
  readonly renewIntervalMs: number
  /** … and until it is shared again. */
  readonly shareIntervalMs: number
  /** How old an answer may be when the store goes away, and so how long shared answers are kept. */
  readonly knownMs: number
  /** The bytes of all stored answers. */
  readonly bytesMax: number
  /** A longer answer is not stored. */
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
  /** The cache shared by processes; null if there is only one process, or no cache. */
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
/** The approximate overhead of an entry: its key and bookkeeping. */
const ENTRY_BYTES = 200

export class LastKnown {
  readonly #deps: LastKnownDeps
  readonly #settings: LastKnownSettings
  #kept: RecentValues<Kept>
  /** Overdue questions that are still waiting. */
  #overdue = 0
  /** When the store last answered. */
  #answeredMs = Number.NEGATIVE_INFINITY

  constructor(deps: LastKnownDeps, settings: LastKnownSettings = LAST_KNOWN_SETTINGS) {
    this.#deps = deps
    this.#settings = settings
    this.#kept = new RecentValues(settings.bytesMax)
  }

  /** Whether this process has no answer to give while the store is away. */
  get isEmpty(): boolean {
    return this.#kept.size === 0
  }

  /** From now on this process uses no earlier answer. */
  forgetAll(): void {
    this.#kept = new RecentValues(this.#settings.bytesMax)
  }

  /**
   * The answer of `ask`, or the last known answer if `ask` fails with `store-unavailable` or takes too long. If no
   * answer is known it waits, and fails as `ask` does.
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

  /** The mark must be read before the store is; null if the answer is not shared. */
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
  const lost = { ...('complete' in meta && { complete: false }), ...('exact' in meta && { exact: false }) }
  return { ...answer, meta: { ...meta, ...lost, stale: true } }
}
