// UUID version 7 (RFC 9562, section 5.7): 48 bits of time, then a counter in rand_a (method 1 of section 6.2,
// so that ids of one generator sort in the order in which they were made), then 62 random bits.
import type { Runtime } from './runtime.ts'

const COUNTER_MAX = 0xfff
/** Random bytes are asked for so many ids at once: asking costs more than all the rest. */
const POOL_IDS = 128
/** One for each random digit at the end of an id, two for the counter of a new millisecond. */
const ID_BYTES = 18
const DASH = 0x2d

/** A generator of strictly increasing ids, even if the clock stands still or steps back. */
export function createUuidV7({ nowMs, randomBytes }: Pick<Runtime, 'nowMs' | 'randomBytes'>): () => string {
  const pool = new Uint8Array(POOL_IDS * ID_BYTES)
  /** Of an id's characters: adding texts up would leave a dozen small ones behind for each id. */
  const codes = Array<number>(36).fill(DASH)
  let at = pool.length
  let timeMs = -1
  let counter = 0
  /** Writes hexadecimal digits over those at and before `place`. */
  const write = (place: number, digits: number, value: number) => {
    for (; digits-- > 0; value /= 16) codes[place--] = '0123456789abcdef'.charCodeAt(value & 15)
  }
  return () => {
    if (at === pool.length) {
      randomBytes(pool)
      at = 0
    }
    const now = nowMs()
    // 11 bits: a new millisecond's counter starts in its lower half, which leaves room to count up.
    const seed = (pool[at++]! << 3) | (pool[at++]! >> 5)
    if (now > timeMs) {
      timeMs = now
      counter = seed
    } else if (++counter > COUNTER_MAX) {
      timeMs++
      counter = 0
    }
    write(7, 8, timeMs / 65_536)
    write(12, 4, timeMs)
    write(17, 4, 0x7000 + counter)
    write(19, 1, 8 | (pool[at++]! & 3))
    for (let place = 35; place > 19; place--) if (place !== 23) write(place, 1, pool[at++]!)
    return String.fromCharCode(...codes)
  }
}
