// Turns in Redis: a hash of marks, a hash of what was found, both by process, and a key that lives as long as a turn.
import type { RedisCalls } from '../redis/calls.ts'
import { type Found, MARK_KEPT_MS, MARKS_MAX, type ProgressTurns, type Turn } from './progress-turns.ts'

type RedisProgressTurnsOptions = {
  /** Processes share what is found only if they have the same: the log, its lanes, the replicas that they read. */
  readonly scope: string
  /** A name that no other process has. */
  readonly process: string
  /** How long a turn lasts: the next one may look after that. */
  readonly turnMs: number
}

export class RedisProgressTurns implements ProgressTurns {
  readonly #calls: RedisCalls
  readonly #process: string
  readonly #turnMs: number
  readonly #marks: string
  readonly #found: string
  readonly #turn: string

  constructor(calls: RedisCalls, { scope, process, turnMs }: RedisProgressTurnsOptions) {
    this.#calls = calls
    this.#process = process
    this.#turnMs = turnMs
    const key = (what: string) => `tally:{progress:${scope}}:${what}`
    this.#marks = key('marks')
    this.#found = key('found')
    this.#turn = key('turn')
  }

  /** Fails with a CacheError. */
  async take(markMs: number): Promise<Turn> {
    const replies = await this.#calls.run((redis) =>
      redis
        .multi()
        .hset(this.#marks, this.#process, markMs)
        .pexpire(this.#marks, MARK_KEPT_MS)
        .hget(this.#found, this.#process)
        .set(this.#turn, this.#process, 'PX', this.#turnMs, 'NX')
        .exec(),
    )
    const [, , found, turn] = (replies ?? []).map(([, reply]) => reply)
    return {
      found: typeof found === 'string' ? parseFound(found) : null,
      marks: turn === 'OK' ? await this.#marksAt(markMs) : null,
    }
  }

  /** Fails with a CacheError. */
  async tell(found: ReadonlyMap<string, Found>): Promise<void> {
    const texts = Array.from(found, ([name, one]) => [name, textOf(one)]).flat()
    if (texts.length === 0) return
    await this.#calls.run((redis) =>
      redis
        .multi()
        .hset(this.#found, ...texts)
        .pexpire(this.#found, MARK_KEPT_MS)
        .exec(),
    )
  }

  /** Removes the marks of processes that have ended. */
  async #marksAt(nowMs: number): Promise<ReadonlyMap<string, number>> {
    const marks = new Map<string, number>()
    const gone: string[] = []
    const all = await this.#calls.run((redis) => redis.hgetall(this.#marks))
    for (const [name, text] of Object.entries(all)) {
      const markMs = Number(text)
      const isKept = Math.abs(nowMs - markMs) <= MARK_KEPT_MS && marks.size < MARKS_MAX
      if (isKept) marks.set(name, markMs)
      else gone.push(name)
    }
    if (gone.length > 0)
      await this.#calls.run((redis) =>
        redis
          .multi()
          .hdel(this.#marks, ...gone)
          .hdel(this.#found, ...gone)
          .exec(),
      )
    return marks
  }
}

function textOf({ markMs, asOfMs, sureToMs }: Found): string {
  return `${markMs}:${asOfMs}:${sureToMs}`
}

/** Null also for what an older release has found. */
function parseFound(text: string): Found | null {
  const [markMs, asOfMs, sureToMs] = text.split(':').map(Number)
  const isWhole = Number.isFinite(markMs) && Number.isFinite(asOfMs) && Number.isFinite(sureToMs)
  return isWhole ? { markMs: markMs!, asOfMs: asOfMs!, sureToMs: sureToMs! } : null
}
