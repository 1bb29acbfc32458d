// The ids seen in one event minute, as 128-bit fingerprints in open-addressing tables of typed arrays.
//
// Sixteen segments grow one at a time, so that growing never stops the thread for long; a slot is found by scaling a
// word of the fingerprint to the segment's length, which keeps the order when a segment grows and so makes growing a
// walk through memory from front to back. 16 bytes a slot at a load of 1/2 to 3/4: 21 to 32 bytes an entry.

export const FINGERPRINT_WORDS = 4
const SEGMENTS = 16
const SLOTS_FIRST = 16
const LOAD_MAX = 0.75
const GROWTH = 1.5
const TWO_32 = 2 ** 32
/** How much fuller than the average a segment may become: fingerprints fall into segments at random. */
const UNEVEN = 1.05

export class FingerprintSet {
  #segments: Uint32Array[]
  #sizes = new Int32Array(SEGMENTS)
  #limits = new Int32Array(SEGMENTS)

  /** Of the segments of another set, or empty. */
  constructor(segments: readonly Uint32Array[] = emptySegments(0)) {
    this.#segments = [...segments]
    for (let s = 0; s < SEGMENTS; s++) {
      this.#sizes[s] = occupied(this.#segments[s]!)
      this.#limits[s] = limitOf(this.#segments[s]!)
    }
  }

  /** An empty set in which so many fingerprints find room before it grows. */
  static withRoomFor(count: number): FingerprintSet {
    return new FingerprintSet(emptySegments(count))
  }

  get size(): number {
    return this.#sizes.reduce((sum, size) => sum + size, 0)
  }

  get byteLength(): number {
    return this.#segments.reduce((sum, slots) => sum + slots.byteLength, 0)
  }

  /** The raw tables, for a snapshot; the constructor takes them back. */
  get segments(): readonly Uint32Array[] {
    return this.#segments
  }

  /** Adds the fingerprint in words[at … at+3]; false when it is there already. */
  add(words: Uint32Array, at: number): boolean {
    const w0 = words[at]! || 1 // 0 marks an empty slot
    const w1 = words[at + 1]!
    const w2 = words[at + 2]!
    const w3 = words[at + 3]!
    const segment = w3 & (SEGMENTS - 1)
    const slots = this.#segments[segment]!
    const end = slots.length
    let i = slotOf(w0, end)
    for (;;) {
      const held = slots[i]!
      if (held === 0) break
      if (held === w0 && slots[i + 1] === w1 && slots[i + 2] === w2 && slots[i + 3] === w3) return false
      i += FINGERPRINT_WORDS
      if (i === end) i = 0
    }
    slots[i] = w0
    slots[i + 1] = w1
    slots[i + 2] = w2
    slots[i + 3] = w3
    const size = this.#sizes[segment]! + 1
    this.#sizes[segment] = size
    if (size > this.#limits[segment]!) this.#grow(segment)
    return true
  }

  #grow(segment: number): void {
    const old = this.#segments[segment]!
    const slots = newSlots(Math.ceil((old.length / FINGERPRINT_WORDS) * GROWTH))
    const end = slots.length
    for (let from = 0; from < old.length; from += FINGERPRINT_WORDS) {
      const w0 = old[from]!
      if (w0 === 0) continue
      let i = slotOf(w0, end)
      while (slots[i] !== 0) {
        i += FINGERPRINT_WORDS
        if (i === end) i = 0
      }
      slots[i] = w0
      slots[i + 1] = old[from + 1]!
      slots[i + 2] = old[from + 2]!
      slots[i + 3] = old[from + 3]!
    }
    this.#segments[segment] = slots
    this.#limits[segment] = limitOf(slots)
  }
}

function slotOf(word: number, end: number): number {
  return Math.floor((word * (end / FINGERPRINT_WORDS)) / TWO_32) * FINGERPRINT_WORDS
}

function emptySegments(count: number): Uint32Array[] {
  const slots = Math.max(SLOTS_FIRST, Math.ceil((count * UNEVEN) / SEGMENTS / LOAD_MAX))
  return Array.from({ length: SEGMENTS }, () => newSlots(slots))
}

function newSlots(count: number): Uint32Array {
  return new Uint32Array(count * FINGERPRINT_WORDS)
}

function limitOf(slots: Uint32Array): number {
  return Math.floor((slots.length / FINGERPRINT_WORDS) * LOAD_MAX)
}

function occupied(slots: Uint32Array): number {
  let count = 0
  for (let i = 0; i < slots.length; i += FINGERPRINT_WORDS) if (slots[i] !== 0) count++
  return count
}
