// A simulated process. Its requests are sent at once; answers and timers reach it only while it lives, and later if
// it is paused. So a crash can fall on any await, and a paused owner wakes as a zombie.
import type { Clock } from '../lib/clock.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'

export class Node {
  readonly name: string
  readonly clock: Clock
  readonly #scheduler: Scheduler
  #crashed = false
  #pausedUntilMs = 0

  constructor(name: string, scheduler: Scheduler, skewMs: number) {
    this.name = name
    this.#scheduler = scheduler
    this.clock = {
      nowMs: () => scheduler.nowMs + skewMs,
      sleep: (ms, signal) => this.#sleep(ms, signal),
    }
  }

  get crashed(): boolean {
    return this.#crashed
  }

  crash(): void {
    this.#crashed = true
  }

  pause(ms: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.#scheduler.nowMs + ms)
  }

  /**
   * A call to a server: `serve` runs after `requestMs` even if this process dies, and its outcome arrives `replyMs`
   * later.
   */
  call<T>(requestMs: number, replyMs: number, serve: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const arrive = (settle: () => void) => this.#scheduler.after(replyMs, () => this.#deliver(settle))
      this.#scheduler.after(requestMs, () => {
        Promise.resolve()
          .then(serve)
          .then(
            (value) => arrive(() => resolve(value)),
            (error) => arrive(() => reject(error)),
          )
      })
    })
  }

  #sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = () => {
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      signal?.addEventListener('abort', wake)
      this.#scheduler.after(ms, () => this.#deliver(wake))
    })
  }

  #deliver(run: () => void): void {
    if (this.#crashed) return
    const waitMs = this.#pausedUntilMs - this.#scheduler.nowMs
    if (waitMs > 0) this.#scheduler.after(waitMs, () => this.#deliver(run))
    else run()
  }
}

/** How long calls take and how often they fail, for now; chaos changes it. */
export type Weather = { latencyMs: number; longestMs: number; failures: number }

/** A call with the current delay, which may fail before it is served, or after (a lost reply). */
export function weatheredCall<T>(
  node: Node,
  random: Random,
  weather: Weather,
  serve: () => T | Promise<T>,
): Promise<T> {
  const requestMs = random.delayMs(weather.latencyMs, weather.longestMs)
  const replyMs = random.delayMs(weather.latencyMs, weather.longestMs)
  const fails = random.chance(weather.failures)
  const afterServing = random.chance(0.5)
  return node.call(requestMs, replyMs, async () => {
    if (fails && !afterServing) throw new SimulatedFault('unavailable')
    const value = await serve()
    if (fails) throw new SimulatedFault('lost reply')
    return value
  })
}

export class SimulatedFault extends Error {}
