// Records whose bytes are derived from their name, so that another process can check them.
import { createHash } from 'node:crypto'

const LENGTH_MAX = 60_000

/** Mostly short, sometimes long, always the same for a name. */
export function crashRecord(name: string): Buffer {
  const hash = createHash('sha256').update(name).digest()
  const length = hash[0]! < 200 ? hash[1]! : hash.readUInt16BE(1) % LENGTH_MAX
  return Buffer.alloc(Math.max(length, 1), hash)
}

/** Mulberry32: numbers in [0, 1) that follow from the seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
