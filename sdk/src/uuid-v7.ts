// UUID version 7 (RFC 9562, section 5.7): 48 bits of time, then a counter in rand_a (method 1 of section 6.2,
// so that ids of one generator sort in the order in which they were made), then 62 random bits.
import type { Runtime } from './runtime.ts'

const COUNTER_MAX = 0xfff
/** A new millisecond's counter starts in its lower half, which leaves room to count up. */
const COUNTER_SEED_MASK = 0x7ff
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** A generator of strictly increasing ids, even if the clock stands still or steps back. */
export function createUuidV7({ nowMs, randomBytes }: Pick<Runtime, 'nowMs' | 'randomBytes'>): () => string {
  const bytes = new Uint8Array(10)
  let timeMs = -1
  let counter = 0
  return () => {
    randomBytes(bytes)
    const now = nowMs()
    if (now > timeMs) {
      timeMs = now
      counter = ((bytes[8]! << 8) | bytes[9]!) & COUNTER_SEED_MASK
    } else if (counter < COUNTER_MAX) {
      counter++
    } else {
      timeMs++
      counter = 0
    }
    return format(timeMs, counter, bytes)
  }
}

function format(timeMs: number, counter: number, random: Uint8Array): string {
  const time = timeMs.toString(16).padStart(12, '0')
  const variant = HEX[0x80 | (random[0]! & 0x3f)]! + HEX[random[1]!]!
  let node = ''
  for (let at = 2; at < 8; at++) node += HEX[random[at]!]!
  const version = `7${counter.toString(16).padStart(3, '0')}`
  return `${time.slice(0, 8)}-${time.slice(8)}-${version}-${variant}-${node}`
}
