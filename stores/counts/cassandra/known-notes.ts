// Remembers which index entries of which days are already in the store. Bounded: what it forgets is written again. A
// long tail has millions of series, so a day of one is a fingerprint and a mask in typed arrays: 27 to 53 bytes, with
// all hours of the day, where a key in a Set took some 120 for each hour.
import { getRandomValues } from 'node:crypto'
import { HalfSipHash } from '../../../model/half-sip-hash.ts'

/** Four words of the fingerprint, under keys of this process, and the mask, which is 0 in a free slot. */
const WORDS_A_SLOT = 5
const MASK = 4
const SLOTS_FIRST = 1_024
const LOAD_MAX = 0.75
const KEY_WORDS = 2

type Generation = { slots: Uint32Array; size: number }

export class KnownNotes {
  readonly #keysMax: number
  readonly #halves: readonly [HalfSipHash, HalfSipHash]
  #newer = emptyGeneration(SLOTS_FIRST)
  #older = emptyGeneration(1)

  /** Remembers the last `keysMax` keys, and up to as many before them. */
  constructor(keysMax: number) {
    this.#keysMax = keysMax
    this.#halves = [newHash(), newHash()]
  }

  get byteLength(): number {
    return this.#newer.slots.byteLength + this.#older.slots.byteLength
  }

  /** Whether this entry of the key is stored; `note`, 0 to 31, says which. A key that is asked for stays. */
  has(key: string, note = 0): boolean {
    return (this.of(key) & bitOf(note)) !== 0
  }

  /** The entries of a key that are known to be stored, a bit each. A key that is asked for stays. */
  of(key: string): number {
    this.#take(key)
    return this.#mask()
  }

  add(key: string, note = 0): void {
    this.#take(key)
    this.#put(this.#mask() | bitOf(note))
  }

  #take(key: string): void {
    for (const half of this.#halves) half.hash(key)
  }

  /** Of the current key. If only the older generation knows it, it moves to the newer. */
  #mask(): number {
    const held = this.#held(this.#newer)
    if (held !== 0) return held
    const before = this.#held(this.#older)
    if (before !== 0) this.#put(before)
    return before
  }

  #held({ slots }: Generation): number {
    return slots[this.#slotIn(slots) + MASK]!
  }

  #put(mask: number): void {
    if (this.#newer.size >= this.#keysMax && this.#held(this.#newer) === 0) {
      this.#older = this.#newer
      this.#newer = emptyGeneration(SLOTS_FIRST)
    }
    const { slots } = this.#newer
    const at = this.#slotIn(slots)
    if (slots[at + MASK] === 0) {
      const [first, second] = this.#halves
      slots.set([first.low, first.high, second.low, second.high], at)
      this.#newer.size++
    }
    slots[at + MASK] = mask
    if (this.#newer.size > (slots.length / WORDS_A_SLOT) * LOAD_MAX) this.#grow()
  }

  /** Where the current key is, or would be. There is always a free slot. */
  #slotIn(slots: Uint32Array): number {
    const [first, second] = this.#halves
    for (let at = startOf(first.low, slots); ; at = next(at, slots)) {
      if (slots[at + MASK] === 0) return at
      if (slots[at] !== first.low || slots[at + 1] !== first.high) continue
      if (slots[at + 2] === second.low && slots[at + 3] === second.high) return at
    }
  }

  #grow(): void {
    const { slots: old, size } = this.#newer
    const { slots } = emptyGeneration((2 * old.length) / WORDS_A_SLOT)
    for (let from = 0; from < old.length; from += WORDS_A_SLOT) {
      if (old[from + MASK] === 0) continue
      let at = startOf(old[from]!, slots)
      while (slots[at + MASK] !== 0) at = next(at, slots)
      slots.set(old.subarray(from, from + WORDS_A_SLOT), at)
    }
    this.#newer = { slots, size }
  }
}

function newHash(): HalfSipHash {
  return new HalfSipHash(getRandomValues(new Uint32Array(KEY_WORDS)))
}

function emptyGeneration(slots: number): Generation {
  return { slots: new Uint32Array(slots * WORDS_A_SLOT), size: 0 }
}

/** The number of slots is a power of two. */
function startOf(word: number, slots: Uint32Array): number {
  return (word & (slots.length / WORDS_A_SLOT - 1)) * WORDS_A_SLOT
}

function next(at: number, slots: Uint32Array): number {
  return at + WORDS_A_SLOT === slots.length ? 0 : at + WORDS_A_SLOT
}

/** A bit of `KnownNotes.of`. */
export function bitOf(note: number): number {
  return (1 << note) >>> 0
}
