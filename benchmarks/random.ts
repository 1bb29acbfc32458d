// Repeatable draws for workloads: the same seed gives the same events on every machine.

/** Numbers in [0, 1) by the "mulberry32" recurrence (Tommy Ettinger, public domain). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Draws 0 … count-1, where rank k has a probability proportional to 1 / (k + 1). */
export function zipf(count: number, random: () => number): () => number {
  const cumulative = new Float64Array(count)
  let sum = 0
  for (let rank = 0; rank < count; rank++) {
    sum += 1 / (rank + 1)
    cumulative[rank] = sum
  }
  return () => {
    const drawn = random() * sum
    let low = 0
    let high = count - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if (cumulative[middle]! > drawn) high = middle
      else low = middle + 1
    }
    return low
  }
}

/** Text in the form of a UUID, version 7 except for its clock. */
export function uuid(random: () => number): string {
  const hex = (digits: number) =>
    Math.floor(random() * 16 ** digits)
      .toString(16)
      .padStart(digits, '0')
  return `${hex(8)}-${hex(4)}-7${hex(3)}-8${hex(3)}-${hex(6)}${hex(6)}`
}

/** 90 % views, 6 % likes, 3 % shares, 1 % dislikes. */
export function eventType(random: () => number): string {
  const drawn = random()
  if (drawn < 0.9) return 'view'
  if (drawn < 0.96) return 'like'
  return drawn < 0.99 ? 'share' : 'dislike'
}
