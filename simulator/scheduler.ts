// Virtual time. Everything that waits in a simulated world waits here; the earliest event happens next, and the
// random numbers of the seed break ties. Between two events all promises run as far as they can.
import type { Random } from './random.ts'

type Happening = { readonly atMs: number; readonly tie: number; readonly run: () => void }

export class Scheduler {
  nowMs: number
  readonly #random: Random
  readonly #heap: Happening[] = []

  constructor(random: Random, startMs: number) {
    this.#random = random
    this.nowMs = startMs
  }

  after(delayMs: number, run: () => void): void {
    this.#push({ atMs: this.nowMs + Math.max(0, delayMs), tie: this.#random.next(), run })
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve))
  }

  /** Runs events until the condition holds (checked after each); false if none is left or time is up. */
  async runUntil(condition: () => boolean, deadlineMs: number): Promise<boolean> {
    await promisesSettled()
    while (!condition()) {
      const next = this.#heap[0]
      if (next === undefined || next.atMs > deadlineMs) return false
      this.#pop()
      this.nowMs = Math.max(this.nowMs, next.atMs)
      next.run()
      await promisesSettled()
    }
    return true
  }

  #push(happening: Happening): void {
    const heap = this.#heap
    let i = heap.push(happening) - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!isBefore(happening, heap[parent]!)) break
      heap[i] = heap[parent]!
      i = parent
    }
    heap[i] = happening
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()!
    if (heap.length === 0) return
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[i] = heap[child]!
      i = child
    }
    heap[i] = last
  }
}

function isBefore(a: Happening, b: Happening): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.tie < b.tie)
}

/** Node runs process.nextTick callbacks when no promise is pending; called from a promise, this waits for that. */
function promisesSettled(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}
