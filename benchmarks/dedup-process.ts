// One form of a de-duplication index, filled in a process of its own so that its memory can be seen:
// node dedup-process.ts FORM ENTRIES prints time and memory as JSON.
import assert from 'node:assert/strict'
import { FINGERPRINT_WORDS, FingerprintSet } from '../model/fingerprint-set.ts'
import { murmur3x86_128 } from '../model/murmur3.ts'
import { seededRandom, uuid } from './random.ts'

export type Filling = {
  readonly rssBytes: number
  /** The memory of the table alone, if known. */
  readonly tableBytes: number | null
  readonly longestAddMs: number
}

type Index = { add(id: Buffer): boolean; readonly size: number; readonly tableBytes: number | null }

const FORMS: Readonly<Record<string, () => Index>> = {
  fingerprints: () => {
    const set = new FingerprintSet()
    const words = new Uint32Array(FINGERPRINT_WORDS)
    return {
      add(id) {
        murmur3x86_128(id, 0, id.length, 0, words, 0)
        return set.add(words, 0)
      },
      get size() {
        return set.size
      },
      get tableBytes() {
        return set.byteLength
      },
    }
  },
  set: () => {
    const set = new Set<string>()
    return {
      add: (id) => set.size < set.add(id.toString('latin1')).size,
      get size() {
        return set.size
      },
      tableBytes: null,
    }
  },
  map: () => {
    const map = new Map<string, { offset: number; minute: number }>()
    return {
      add(id) {
        map.set(id.toString('latin1'), { offset: map.size, minute: map.size % 10 })
        return true
      },
      get size() {
        return map.size
      },
      tableBytes: null,
    }
  },
}

const [form = '', entries = ''] = process.argv.slice(2)
const random = seededRandom(7)
const index = FORMS[form]!()
globalThis.gc!()
const emptyBytes = process.memoryUsage.rss()
let longestAddMs = 0
for (let i = 0; i < Number(entries); i++) {
  const id = Buffer.from(uuid(random))
  const startedMs = performance.now()
  index.add(id)
  longestAddMs = Math.max(longestAddMs, performance.now() - startedMs)
}
globalThis.gc!()
assert.equal(index.size, Number(entries))
const { tableBytes } = index
const filling: Filling = { rssBytes: process.memoryUsage.rss() - emptyBytes, tableBytes, longestAddMs }
console.log(JSON.stringify(filling))
