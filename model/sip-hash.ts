// SipHash-2-4 with 128 bits of output (Aumasson and Bernstein, 2012): a pseudorandom function of bytes under a key of
// 128 bits. Without the key nobody can find inputs whose hashes collide or share their first bits. Many inputs are
// hashed in one call of a small WebAssembly module, whose source is sip-hash.wat.
import { SIP_HASH_WASM } from './sip-hash-wasm.ts'

export const SIP_HASH_WORDS = 4
export const SIP_HASH_KEY_BYTES = 16

/** Input i is bytes[starts[i], ends[i]); its hash goes to out[4 i … 4 i + 3]. */
export type Stretches = {
  readonly starts: Int32Array
  readonly ends: Int32Array
  readonly out: Uint32Array
}

/** What is used of it. The compiler's own declaration is part of `dom`, which the server must not see. */
declare namespace WebAssembly {
  class Memory {
    readonly buffer: ArrayBuffer
    grow(pages: number): number
  }
  class Module {
    constructor(bytes: Uint8Array)
  }
  class Instance {
    constructor(module: Module)
    readonly exports: unknown
  }
}

type SipHashModule = {
  readonly memory: WebAssembly.Memory
  hash(count: number, base: number, starts: number, ends: number, out: number): void
}

const WORD_BYTES = 4
const HASH_BYTES = SIP_HASH_WORDS * WORD_BYTES
const PAGE_BYTES = 65_536
/** The module may read this many bytes beyond its input. */
const SLACK_BYTES = 8

// One instance serves all callers: a call is synchronous and leaves no state for the next one.
const wasm = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(SIP_HASH_WASM, 'base64')))
  .exports as SipHashModule
let memory = new Uint8Array(wasm.memory.buffer)

/** Hashes the first `count` inputs of each entry of `all`; all entries are ranges of the same bytes. */
export function sipHash128(
  key: Uint8Array,
  bytes: Uint8Array,
  count: number,
  all: readonly Stretches[],
): void {
  const starts = SIP_HASH_KEY_BYTES
  const ends = starts + count * WORD_BYTES
  const out = ends + count * WORD_BYTES
  const base = out + count * HASH_BYTES
  reserve(base + bytes.length + SLACK_BYTES)
  memory.set(key)
  memory.set(bytes, base)
  for (const stretches of all) {
    new Int32Array(memory.buffer, starts, count).set(stretches.starts.subarray(0, count))
    new Int32Array(memory.buffer, ends, count).set(stretches.ends.subarray(0, count))
    wasm.hash(count, base, starts, ends, out)
    stretches.out.set(new Uint32Array(memory.buffer, out, count * SIP_HASH_WORDS))
  }
}

function reserve(bytes: number): void {
  if (bytes <= memory.length) return
  wasm.memory.grow(Math.ceil((bytes - memory.length) / PAGE_BYTES))
  memory = new Uint8Array(wasm.memory.buffer)
}
