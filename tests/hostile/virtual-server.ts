// A server that changes its mood over time, and knows what it stored. Everything is decided by its seed.
import type { Random } from '../../simulator/random.ts'
import {
  type Behaviour,
  halfAnswers,
  hangs,
  honest,
  isBusy,
  isEndless,
  isPortal,
  lies,
  type Reply,
  redirects,
  refusesForGood,
  resets,
  type SentEvent,
  takesFew,
  throttles,
} from './behaviours.ts'
import { answerOf, bodyText } from './virtual-answer.ts'
import { EPOCH_MS, type VirtualTime } from './virtual-runtime.ts'

const PAGE_QUOTA_BYTES = 64 * 1_024
const AHEAD_MS = 60_000
/** Far less than a real one's, so that events grow too old while they wait. */
const AGE_MAX_MS = 1_800_000
export const INVALID_TYPE = 'not-a-type'

const FEW = [1, 3, 10].map(takesFew)
/** What these do is no sign of an outage. */
const TAKING: ReadonlySet<Behaviour> = new Set([honest, ...FEW])

/** Moods in which every request fails: an outage. */
const OUTAGES: readonly Behaviour[][] = [
  [resets],
  [hangs],
  [isBusy],
  [isPortal],
  [lies],
  [redirects],
  [isEndless],
]
const MIXED: readonly Behaviour[][] = [
  [honest, honest, resets, isBusy],
  [honest, halfAnswers],
  [honest, throttles],
  ...FEW.map((few) => [few]),
  [honest, lies, isPortal],
  [honest, hangs, FEW[1]!],
  [honest, honest, honest, refusesForGood],
]

/** What the client does to the server, and what it may know of it: see client-check.ts. */
export type Watch = {
  onRequest(events: readonly SentEvent[]): void
  /** As soon as the client can know; `pauseMs` is what the server asked for. */
  onOutcome(took: boolean, pauseMs: number): void
}

export class VirtualServer {
  /** Times by id. An event is counted by both: under two times it would be two. */
  readonly stored: Map<string, number>
  readonly #onTwice: (id: string) => void
  readonly #time: VirtualTime
  readonly #random: Random
  #mood: readonly Behaviour[] = [honest]
  #quotaBytes = 0

  constructor(time: VirtualTime, random: Random, stored: Map<string, number>, onTwice: (id: string) => void) {
    this.#time = time
    this.#random = random
    this.stored = stored
    this.#onTwice = onTwice
  }

  /** Moods follow one another until the server is healed. */
  turnHostile(untilMs: number): void {
    const next = () => {
      if (this.#time.nowMs >= untilMs) {
        this.#mood = [honest]
        return
      }
      this.#mood = this.#random.chance(0.3)
        ? [honest]
        : this.#random.pick(this.#random.chance(0.5) ? OUTAGES : MIXED)
      this.#time.after(Math.min(untilMs - this.#time.nowMs, this.#random.delayMs(20_000, 900_000)), next)
    }
    next()
  }

  fetch(url: string, init: RequestInit, watch: Watch): Promise<Response> {
    const body = bodyText(init)
    const events: SentEvent[] = JSON.parse(body)
    watch.onRequest(events)
    const share = init.keepalive ? Buffer.byteLength(body) : 0
    if (this.#quotaBytes + share > PAGE_QUOTA_BYTES) return Promise.reject(new TypeError('Failed to fetch'))
    this.#quotaBytes += share
    const behave = this.#random.pick(this.#mood)
    let isOver = false
    const end = (took: boolean, pauseMs = 0) => {
      if (isOver) return
      isOver = true
      this.#quotaBytes -= share
      watch.onOutcome(took, pauseMs)
    }
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => {
        end(false)
        reject(error)
      }
      init.signal!.addEventListener('abort', () => fail(init.signal!.reason), { once: true })
      const wayMs = this.#random.delayMs(25, 6_000)
      this.#time.after(wayMs, () => {
        const epochMs = EPOCH_MS + this.#time.nowMs
        const store = () => this.#store(events, epochMs)
        const reply = behave({ events, random: this.#random, epochMs, store })
        if (reply.kind === 'hang') return
        this.#time.after(wayMs, () => {
          if (isOver) return
          if (reply.kind === 'reset') fail(new TypeError('fetch failed', { cause: new Error('ECONNRESET') }))
          else resolve(answerOf(reply, url, epochMs, () => end(TAKING.has(behave), pauseOf(reply))))
        })
      })
    })
  }

  #store(events: readonly SentEvent[], epochMs: number) {
    const rejected: { index: number; code: string; detail: string }[] = []
    for (const [index, { id, type, time }] of events.entries()) {
      if (type === INVALID_TYPE) rejected.push({ index, code: 'invalid_type', detail: type })
      else if (time > epochMs + AHEAD_MS) rejected.push({ index, code: 'time_in_future', detail: `${time}` })
      else if (time < epochMs - AGE_MAX_MS) rejected.push({ index, code: 'time_too_old', detail: `${time}` })
      else {
        if ((this.stored.get(id) ?? time) !== time) this.#onTwice(id)
        this.stored.set(id, time)
      }
    }
    return { accepted: events.length - rejected.length, late: 0, rejected }
  }
}

/** Rounded up: a date is in whole seconds. */
function pauseOf(reply: Reply): number {
  const asked = reply.kind === 'answer' ? reply.headers?.['retry-after'] : undefined
  if (asked === undefined) return 0
  return Number(asked) * 1_000 || 0
}
