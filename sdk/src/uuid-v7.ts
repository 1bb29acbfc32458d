// UUID version 7 (RFC 9562, section 5.7): 48 bits of time, then a counter in rand_a (method 1 of section 6.2,
// so that ids of one generator sort in the order in which they were made), then 62 random bits.
import type { Runtime } from './runtime.ts'

const COUNTER_MAX = 0xfff
/** A new millisecond's counter starts in its lower half, which leaves room to count up. */
const COUNTER_SEED_MASK = 0x7ff
/** Random bytes are asked for so many ids at once: asking costs more than all the rest. */
const POOL_IDS = 128
/** Eight for the end of the id, two for the counter of a new millisecond. */
const ID_BYTES = 10
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** A generator of strictly increasing ids, even if the clock stands still or steps back. */
export function createUuidV7({ nowMs, randomBytes }: Pick<Runtime, 'nowMs' | 'randomBytes'>): () => string {
  const pool = new Uint8Array(POOL_IDS * ID_BYTES)
  let at = pool.length
  let timeMs = -1
  let start = ''
  let counter = 0
  return () => {
    if (at === pool.length) {
      randomBytes(pool)
      at = 0
    }
    const now = nowMs()
    const seed = ((pool[at++]! << 8) | pool[at++]!) & COUNTER_SEED_MASK
    if (now <= timeMs && counter < COUNTER_MAX) counter++
    else {
      counter = now > timeMs ? seed : 0
      timeMs = Math.max(now, timeMs + 1)
      const time = timeMs.toString(16).padStart(12, '0')
      start = `${time.slice(0, 8)}-${time.slice(8)}-7`
    }
    const variant = HEX[0x80 | (pool[at++]! & 0x3f)]! + HEX[pool[at++]!]!
    let id = `${start}${HEX[counter >> 8]![1]}${HEX[counter & 0xff]}-${variant}-`
    for (let left = 6; left > 0; left--) id += HEX[pool[at++]!]!
    return id
  }
}
