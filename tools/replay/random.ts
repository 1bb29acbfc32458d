// A small seeded generator, so that a run can be repeated: SplitMix32 (the 32-bit form of Steele, Lea and
// Flood's SplitMix, 2014). Good enough to shuffle by, not for secrets.

/** Numbers of at least 0 and less than 1, the same ones for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32
  }
}
