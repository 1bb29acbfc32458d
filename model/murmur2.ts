// MurmurHash2 as in Kafka's default partitioner (org.apache.kafka.common.utils.Utils.murmur2), so that any Kafka
// producer sends a key to the same partition as we do. Pure and without allocation.

const SEED = 0x9747b28c | 0
const M = 0x5bd1e995
const R = 24

/** The hash of bytes[start, end) as a signed 32-bit number, like Java's. */
export function murmur2(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const length = end - start
  const tail = end - (length & 3)
  let h = SEED ^ length
  for (let i = start; i < tail; i += 4) {
    const word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    const k = Math.imul(word, M)
    h = Math.imul(h, M) ^ Math.imul(k ^ (k >>> R), M)
  }
  if (tail < end) {
    let rest = 0
    for (let i = end - 1; i >= tail; i--) rest = (rest << 8) | bytes[i]!
    h = Math.imul(h ^ rest, M)
  }
  h = Math.imul(h ^ (h >>> 13), M)
  return h ^ (h >>> 15)
}

/** The partition that a Kafka producer picks for a key. */
export function kafkaPartition(key: Uint8Array, partitions: number): number {
  return toPositive(murmur2(key)) % partitions
}

/** Clears the sign, as Kafka does; not the absolute value. */
export function toPositive(hash: number): number {
  return hash & 0x7fffffff
}
