// Recently seen names, as 64-bit hashes under a key of this process, in bounded memory: two tables of fixed size, of
// which the older is dropped as a whole. A name is remembered for at least one period, unless more names arrive than
// a table holds. No sender can choose names that collide, because the key is random and never shown.

import { MINUTE_MS } from '../../model/bucket.ts'
import { HalfSipHash } from '../../model/half-sip-hash.ts'

/** The names that a table holds; the tables are twice as long, so that probing ends soon. */
export const NAMES_MAX = 1 << 20
export const REMEMBERED_MS_MIN = 10 * MINUTE_MS

const WORDS_A_SLOT = 2

type Generation = { readonly slots: Uint32Array; size: number }

export class RecentNames {
  readonly #hash: HalfSipHash
  readonly #namesMax: number
  #current: Generation
  #previous: Generation
  #turnMs = -Infinity
  /** The hash of the current name. */
  #low = 0
  #high = 0

  /** @param key two random words; `namesMax` a power of two */
  constructor(key: Uint32Array, namesMax = NAMES_MAX) {
    this.#hash = new HalfSipHash(key)
    this.#namesMax = namesMax
    this.#current = this.#newGeneration()
    this.#previous = this.#current
  }

  /** Whether the name was seen recently; if so, it is remembered again from now on. */
  has(name: string, nowMs: number): boolean {
    this.#take(name, nowMs)
    if (this.#freePlace(this.#current) < 0) return true
    if (this.#freePlace(this.#previous) >= 0) return false
    this.#add()
    return true
  }

  /** The same, and it is remembered no longer than before. */
  isKnown(name: string, nowMs: number): boolean {
    this.#take(name, nowMs)
    return this.#freePlace(this.#current) < 0 || this.#freePlace(this.#previous) < 0
  }

  add(name: string, nowMs: number): void {
    this.#take(name, nowMs)
    this.#add()
  }

  #take(name: string, nowMs: number): void {
    const isFull = this.#current.size === this.#namesMax
    if (isFull || nowMs >= this.#turnMs + REMEMBERED_MS_MIN) this.#turn(nowMs)
    if (nowMs < this.#turnMs) this.#turnMs = nowMs // the clock was set back
    this.#hash.hash(name)
    this.#low = this.#hash.low
    this.#high = this.#hash.high || 1 // 0 marks a free place
  }

  #turn(nowMs: number): void {
    this.#turnMs = nowMs
    if (this.#current.size === 0) return
    this.#previous = this.#current
    this.#current = this.#newGeneration()
  }

  #add(): void {
    const at = this.#freePlace(this.#current)
    if (at < 0) return
    this.#current.slots[at] = this.#low
    this.#current.slots[at + 1] = this.#high
    this.#current.size++
  }

  /** The free slot for the current name; -1 if it is already in the table. */
  #freePlace({ slots }: Generation): number {
    let at = (this.#low & (2 * this.#namesMax - 1)) * WORDS_A_SLOT
    for (;;) {
      const held = slots[at + 1]
      if (held === 0) return at
      if (held === this.#high && slots[at] === this.#low) return -1
      at += WORDS_A_SLOT
      if (at === slots.length) at = 0
    }
  }

  #newGeneration(): Generation {
    return { slots: new Uint32Array(2 * this.#namesMax * WORDS_A_SLOT), size: 0 }
  }
}
