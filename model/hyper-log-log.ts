// Estimates how many different texts were seen, in at most 4 KiB (Flajolet and others, "HyperLogLog", 2007). A sketch
// holds the greatest rank seen per register, so adding and merging may be repeated, reordered and overlapped. The
// estimate is Ertl's ("New cardinality estimation algorithms for HyperLogLog sketches", 2017, algorithm 6): without
// bias tables and thresholds, over the whole range.
//
// The hash has no key, because sketches are stored for as long as counts are, and those made under two keys could not
// be merged. So whoever may send events of a video can choose viewer ids that raise its estimate far beyond their
// number. They cannot lower it or reach the estimates of another tenant, and counts do not depend on it. Pure.
import { Buffer } from 'node:buffer'
import { murmur3x86_128 } from './murmur3.ts'

const PRECISION = 12
const REGISTERS = 1 << PRECISION
/** Bits of the hash beyond those that choose the register. */
const RANK_BITS = 64 - PRECISION
const RANK_MAX = RANK_BITS + 1
const SEED = 0
const FACTOR = 1 / (2 * Math.LN2)
/** If more registers than this are in use, an array of all registers is smaller than a map. */
const MAP_ENTRIES_MAX = 128

/** An encoded sketch: one byte for its form, then the registers in use by number and rank, or all ranks. */
const SPARSE = 1
const DENSE = 2
const SPARSE_ENTRY_BYTES = 3

/** The relative standard error of estimates: 1.04 / √4096. */
export const UNIQUES_ERROR = 0.01625

export class HyperLogLog {
  /** Ranks of registers in use, until they are many. */
  #few: Map<number, number> | null = new Map()
  #all = new Uint8Array(0)

  static of(texts: Iterable<string>): HyperLogLog {
    const sketch = new HyperLogLog()
    for (const text of texts) sketch.add(text)
    return sketch
  }

  /** Throws a RangeError for bytes that are not an encoded sketch. */
  static decode(bytes: Uint8Array): HyperLogLog {
    const sketch = new HyperLogLog()
    for (const [register, rank] of entriesOf(bytes)) {
      if (rank > RANK_MAX || register >= REGISTERS) throw new RangeError('the sketch is damaged')
      if (rank > 0) sketch.raise(register, rank)
    }
    return sketch
  }

  add(text: string): void {
    const bytes = Buffer.from(text)
    murmur3x86_128(bytes, 0, bytes.length, SEED, hash, 0)
    const high = Math.clz32(hash[1]!)
    const zeros = high < 32 ? high : 32 + Math.clz32(hash[2]!)
    this.raise(hash[0]! >>> (32 - PRECISION), Math.min(zeros + 1, RANK_MAX))
  }

  /** Raises one register; returns whether it was lower before. */
  raise(register: number, rank: number): boolean {
    if (rank <= this.rankOf(register)) return false
    if (this.#few !== null) {
      this.#few.set(register, rank)
      if (this.#few.size > MAP_ENTRIES_MAX) this.#spread(this.#few)
    } else {
      this.#all[register] = rank
    }
    return true
  }

  /** Makes this the sketch of everything that either has seen. */
  merge(other: HyperLogLog): void {
    for (const [register, rank] of other.registers()) this.raise(register, rank)
  }

  rankOf(register: number): number {
    return (this.#few === null ? this.#all[register] : this.#few.get(register)) ?? 0
  }

  /** The registers in use, by number, with their ranks. */
  *registers(): Generator<readonly [register: number, rank: number]> {
    if (this.#few !== null) yield* this.#few
    else for (const [register, rank] of this.#all.entries()) if (rank > 0) yield [register, rank]
  }

  /** About how many different texts were added, with a standard error of UNIQUES_ERROR. */
  estimate(): number {
    const counts = new Float64Array(RANK_MAX + 1)
    counts[0] = REGISTERS
    for (const [, rank] of this.registers()) {
      counts[0]!--
      counts[rank]!++
    }
    if (counts[0] === REGISTERS) return 0
    let sum = REGISTERS * tau(1 - counts[RANK_MAX]! / REGISTERS)
    for (let rank = RANK_BITS; rank >= 1; rank--) sum = 0.5 * (sum + counts[rank]!)
    sum += REGISTERS * sigma(counts[0]! / REGISTERS)
    return Math.round((FACTOR * REGISTERS * REGISTERS) / sum)
  }

  /** Equal registers give equal bytes, in whatever order they were filled. */
  encode(): Uint8Array {
    const entries = [...this.registers()].sort(([a], [b]) => a - b)
    if (entries.length * SPARSE_ENTRY_BYTES >= REGISTERS) {
      const bytes = new Uint8Array(1 + REGISTERS)
      bytes[0] = DENSE
      for (const [register, rank] of entries) bytes[1 + register] = rank
      return bytes
    }
    const bytes = new Uint8Array(1 + entries.length * SPARSE_ENTRY_BYTES)
    bytes[0] = SPARSE
    for (const [i, [register, rank]] of entries.entries()) {
      bytes.set([register >> 8, register & 0xff, rank], 1 + i * SPARSE_ENTRY_BYTES)
    }
    return bytes
  }

  #spread(few: ReadonlyMap<number, number>): void {
    this.#all = new Uint8Array(REGISTERS)
    for (const [register, rank] of few) this.#all[register] = rank
    this.#few = null
  }
}

const hash = new Uint32Array(4)

function* entriesOf(bytes: Uint8Array): Generator<readonly [number, number]> {
  const isDense = bytes[0] === DENSE && bytes.length === 1 + REGISTERS
  const isSparse = bytes[0] === SPARSE && (bytes.length - 1) % SPARSE_ENTRY_BYTES === 0
  if (!isDense && !isSparse) throw new RangeError('these bytes are not a sketch')
  if (isDense) {
    for (let register = 0; register < REGISTERS; register++) yield [register, bytes[1 + register]!]
    return
  }
  for (let at = 1; at < bytes.length; at += SPARSE_ENTRY_BYTES) {
    yield [(bytes[at]! << 8) | bytes[at + 1]!, bytes[at + 2]!]
  }
}

/** The weighted share of registers that are still empty. Infinite if all are. */
function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY
  let [x, y, sum, before] = [share, 1, share, -1]
  while (sum !== before) {
    x *= x
    before = sum
    sum += x * y
    y += y
  }
  return sum
}

/** The weighted share of registers that are not full yet. */
function tau(share: number): number {
  if (share === 0 || share === 1) return 0
  let [x, y, sum, before] = [share, 1, 1 - share, -1]
  while (sum !== before) {
    x = Math.sqrt(x)
    before = sum
    y *= 0.5
    sum -= (1 - x) ** 2 * y
  }
  return sum / 3
}
