// Reads every process of the system at intervals while a test runs.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Watched } from '../targets/target.ts'
import { type Look, look } from './look.ts'

export type Course = {
  readonly name: string
  /** The successful readings. */
  readonly looks: Look[]
}

/** The interval: each reading costs a process a few milliseconds. */
const EVERY_MS = 2_000

export class Monitor {
  readonly courses: readonly Course[]
  readonly #watched: readonly Watched[]
  readonly #over = new AbortController()
  #watching: Promise<void> = Promise.resolve()

  constructor(watched: readonly Watched[]) {
    this.#watched = watched
    this.courses = watched.map(({ name }) => ({ name, looks: [] }))
  }

  start(): void {
    this.#watching = (async () => {
      while (!this.#over.signal.aborted) {
        await this.lookNow()
        await sleep(EVERY_MS, undefined, { signal: this.#over.signal }).catch(() => {})
      }
    })()
  }

  async stop(): Promise<void> {
    this.#over.abort()
    await this.#watching
    await this.lookNow()
  }

  async lookNow(): Promise<void> {
    const looks = await Promise.all(this.#watched.map(look))
    for (const [i, seen] of looks.entries()) if (seen !== null) this.courses[i]!.looks.push(seen)
  }
}

/** The increase of a counter; a restarted process counts from 0. */
export function growth(looks: readonly Look[], counter: (look: Look) => number | null): number {
  let grown = 0
  let before: number | null = null
  for (const one of looks) {
    const value = counter(one)
    if (value === null) continue
    if (before !== null) grown += value >= before ? value - before : value
    before = value
  }
  return grown
}
