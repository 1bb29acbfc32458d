// Names that an attacker would choose who knows a public hash: MurmurHash3's steps can be inverted, so that names for
// any hash are found at once. Nothing in the product may treat them differently from other names.

const LETTERS = /^[A-Za-z0-9]{4}$/
const VIDEO_LETTERS = 18

const FIRST = 0xcc9e2d51
const SECOND = 0x1b873593
const PLUS = 0xe6546b64

/** Videos of a tenant whose encoded names (tenant, video) all have this MurmurHash3 x86-32 of seed 0. */
export function videosHashedTo(hash: number, tenant: string, count: number): string[] {
  const padding = (4 - ((tenant.length + 2 + VIDEO_LETTERS) % 4)) % 4
  const letters = VIDEO_LETTERS + padding
  const head = Buffer.from([2 * tenant.length, ...Buffer.from(tenant), 2 * letters])
  const bytes = head.length + letters
  const videos: string[] = []
  for (let i = 0; videos.length < count; i++) {
    const start = i.toString(36).padStart(letters - 4, '0')
    let h = 0
    const known = Buffer.concat([head, Buffer.from(start)])
    for (let at = 0; at < known.length; at += 4) {
      h = (Math.imul(rotl(h ^ scramble(known.readInt32LE(at)), 13), 5) + PLUS) | 0
    }
    const wanted = rotl(divided5(unmix(hash) ^ bytes), 19)
    const last = textOf(unscramble(wanted ^ h))
    if (LETTERS.test(last)) videos.push(start + last)
  }
  return videos
}

function scramble(word: number): number {
  return Math.imul(rotl(Math.imul(word, FIRST), 15), SECOND)
}

function unscramble(word: number): number {
  return Math.imul(rotl(Math.imul(word, inverse(SECOND)), 17), inverse(FIRST))
}

/** Inverts the last step of a block: times 5 plus a constant. */
function divided5(h: number): number {
  return Math.imul(h - PLUS, inverse(5))
}

/** Inverts the final avalanche. */
function unmix(hash: number): number {
  let h = hash ^ (hash >>> 16)
  h = Math.imul(h, inverse(0xc2b2ae35))
  h ^= (h >>> 13) ^ (h >>> 26)
  h = Math.imul(h, inverse(0x85ebca6b))
  return h ^ (h >>> 16)
}

/** The inverse of an odd number modulo 2^32, by Newton's method: each step doubles the number of correct bits. */
function inverse(odd: number): number {
  let x = odd
  for (let bits = 3; bits < 32; bits *= 2) x = Math.imul(x, 2 - Math.imul(odd, x))
  return x
}

function rotl(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits))
}

function textOf(word: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(word | 0)
  return bytes.toString('latin1')
}
