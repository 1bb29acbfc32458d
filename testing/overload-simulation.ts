// Senders that give up and send again, and a server of one event loop, in virtual time: does an overload end when its
// cause does?
import type { LoadShedding } from '../services/partitioner/load-shedding.ts'

export type Course = {
  /** New requests; each is sent again and again until it is answered in time. */
  readonly arrivalsPerSecond: number
  /** What the loop spends on a request that it takes, and on one that it refuses. */
  readonly requestMs: number
  readonly refusalMs: number
  /** What another thread spends on one that is taken, before it is answered; missing: nothing. */
  readonly threadMs?: number
  /** So long a sender waits before it sends the same again. */
  readonly timeoutMs: number
  /** In between everything takes so many times longer. */
  readonly slowFromMs: number
  readonly slowToMs: number
  readonly slowness: number
  readonly untilMs: number
}

/** One try of a sender. */
type Try = { readonly sender: number; readonly sentMs: number }

/** How long a turn lasts at least: the interval at which turns are counted. */
const IDLE_TURN_MS = 100
/** An answer is given at the end of so many turns: read, store, answer. */
const TURNS_TO_ANSWER = 3
/** So many sockets are read in a turn. */
const READS_MAX = 1_024
const RETRY_AFTER_MS = 1_000

/** The senders: each has one current try, and sends again when that was not answered in time. */
class Senders {
  readonly queue: Try[] = []
  readonly #course: Course
  /** When each that is not answered has sent its current try. */
  readonly #open = new Map<number, number>()
  /** Which tries are over when, by slot of IDLE_TURN_MS. */
  readonly #ends = new Map<number, Try[]>()
  #arrived = 0
  #slot = 0

  constructor(course: Course) {
    this.#course = course
  }

  /** Lets them send what they send until then. */
  passTo(nowMs: number): void {
    const { arrivalsPerSecond } = this.#course
    const arrivalMs = () => (this.#arrived * 1_000) / arrivalsPerSecond
    for (; arrivalMs() < nowMs; this.#arrived++) this.#send(this.#arrived, arrivalMs())
    for (; this.#slot * IDLE_TURN_MS < nowMs; this.#slot++) {
      for (const one of this.#ends.get(this.#slot) ?? []) {
        if (this.isWaiting(one)) this.#send(one.sender, this.#slot * IDLE_TURN_MS)
      }
      this.#ends.delete(this.#slot)
    }
  }

  isWaiting({ sender, sentMs }: Try): boolean {
    return this.#open.get(sender) === sentMs
  }

  answered({ sender }: Try): void {
    this.#open.delete(sender)
  }

  /** It waits as it was told; the time of its refusal then stands for its try. */
  refused({ sender }: Try, nowMs: number): void {
    this.#open.set(sender, nowMs)
    this.#endAt(nowMs + RETRY_AFTER_MS, { sender, sentMs: nowMs })
  }

  #send(sender: number, sentMs: number): void {
    this.#open.set(sender, sentMs)
    this.queue.push({ sender, sentMs })
    this.#endAt(sentMs + this.#course.timeoutMs, { sender, sentMs })
  }

  #endAt(atMs: number, one: Try): void {
    const slot = Math.ceil(atMs / IDLE_TURN_MS)
    const ends = this.#ends.get(slot)
    if (ends === undefined) this.#ends.set(slot, [one])
    else ends.push(one)
  }
}

/** Works on one try after the other. */
class Thread {
  readonly #course: Course
  #queue: { readonly one: Try; readonly sinceMs: number }[] = []
  #freeMs = 0

  constructor(course: Course) {
    this.#course = course
  }

  take(tries: readonly Try[], nowMs: number): void {
    for (const one of tries) this.#queue.push({ one, sinceMs: nowMs })
  }

  /** Those that are done by now. */
  passTo(nowMs: number): Try[] {
    const { threadMs = 0 } = this.#course
    let done = 0
    for (const { sinceMs } of this.#queue) {
      const fromMs = Math.max(this.#freeMs, sinceMs)
      const endMs = fromMs + lasting(threadMs, fromMs, this.#course)
      if (endMs > nowMs) break
      this.#freeMs = endMs
      done++
    }
    return this.#queue.splice(0, done).map(({ one }) => one)
  }

  /** How long its oldest has waited. */
  waitedMs(nowMs: number): number {
    return nowMs - (this.#queue[0]?.sinceMs ?? nowMs)
  }
}

/**
 * How many senders were answered in time, by second. Null: nothing is shed. `seesThread`: what waits there counts as
 * the length of a turn.
 */
export function simulateOverload(course: Course, shedding: LoadShedding | null, seesThread = true): number[] {
  const thread = new Thread(course)
  const answeredBySecond = Array<number>(Math.ceil(course.untilMs / 1_000)).fill(0)
  const senders = new Senders(course)
  const turns: Try[][] = Array.from({ length: TURNS_TO_ANSWER - 1 }, () => [])
  for (let nowMs = 0; nowMs < course.untilMs; ) {
    senders.passTo(nowMs)
    const taken: Try[] = []
    let workMs = 0
    for (const one of senders.queue.splice(0, READS_MAX)) {
      const isTaken = shedding?.admits() ?? true
      workMs += isTaken ? course.requestMs : course.refusalMs
      if (isTaken) taken.push(one)
      else if (senders.isWaiting(one)) senders.refused(one, nowMs)
    }
    const turnMs = Math.max(IDLE_TURN_MS, lasting(workMs, nowMs, course))
    nowMs += turnMs
    turns.push(taken)
    thread.take(turns.shift()!, nowMs)
    const done = thread.passTo(nowMs)
    shedding?.turned(seesThread ? Math.max(turnMs, thread.waitedMs(nowMs)) : turnMs)
    senders.passTo(nowMs)
    for (const one of done) {
      if (!senders.isWaiting(one)) continue
      senders.answered(one)
      const second = Math.floor(nowMs / 1_000)
      if (second < answeredBySecond.length) answeredBySecond[second]! += 1
    }
  }
  return answeredBySecond
}

/** How long work takes that begins now. */
function lasting(workMs: number, nowMs: number, { slowFromMs, slowToMs, slowness }: Course): number {
  if (nowMs < slowFromMs || nowMs >= slowToMs) return workMs
  const untilEndMs = slowToMs - nowMs
  const doneMs = untilEndMs / slowness
  return workMs < doneMs ? workMs * slowness : untilEndMs + (workMs - doneMs)
}
