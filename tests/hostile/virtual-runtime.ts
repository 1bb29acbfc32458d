// What the SDK asks of its platform, in virtual time: nothing happens but what is due next, and one seed decides all.
import { setImmediate } from 'node:timers/promises'
import type { PatientRuntime as Runtime } from '../../sdk/src/patient-runtime.ts'
import type { Random } from '../../simulator/random.ts'

type Due = { readonly atMs: number; readonly order: number; readonly act: () => void }

export const EPOCH_MS = Date.UTC(2026, 0, 1)

/** A queue of what is due, and the time that stands still between. */
export class VirtualTime {
  nowMs = 0
  #order = 0
  readonly #due: Due[] = []

  /** Runs `act` once after `ms`, unless the returned function is called before. */
  after(ms: number, act: () => void): () => void {
    const due = { atMs: this.nowMs + Math.max(0, ms), order: this.#order++, act }
    this.#push(due)
    return () => this.#remove(due)
  }

  /** Goes to the next moment at which something is due; false where nothing is until then. */
  async advance(untilMs: number): Promise<boolean> {
    const next = this.#due[0]
    if (next === undefined || next.atMs > untilMs) return false
    this.#due.shift()
    this.nowMs = next.atMs
    next.act()
    await setImmediate() // all promises that follow from it
    return true
  }

  #push(due: Due): void {
    let at = this.#due.length
    while (at > 0 && isBefore(due, this.#due[at - 1]!)) at--
    this.#due.splice(at, 0, due)
  }

  #remove(due: Due): void {
    const at = this.#due.indexOf(due)
    if (at >= 0) this.#due.splice(at, 1)
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}

export type Machine = {
  readonly time: VirtualTime
  readonly random: Random
  /** What this machine's clock is ahead of the server's. */
  readonly clockAheadMs: number
  readonly fetch: Runtime['fetch']
  readonly page: Runtime['page']
}

/** A machine that can be switched off: from then on nothing that its client planned happens. */
export function virtualRuntime({ time, random, clockAheadMs, fetch, page }: Machine) {
  let isOn = true
  const after: Runtime['after'] = (ms, act) => time.after(ms, () => isOn && act())
  const never = new Promise<never>(() => {})
  const runtime: Runtime = {
    fetch: async (url, init) => {
      if (!isOn) return never
      const response = await fetch(url, init)
      return isOn ? response : never
    },
    nowMs: () => EPOCH_MS + time.nowMs + clockAheadMs,
    monotonicMs: () => time.nowMs,
    random: random.next,
    randomBytes: (bytes) => {
      for (let at = 0; at < bytes.length; at++) bytes[at] = random.int(0, 255)
    },
    sleep: (ms) => new Promise((resolve) => after(ms, resolve)),
    after,
    pageOrigin: undefined,
    page,
  }
  const switchOff = () => {
    isOn = false
  }
  return { runtime, switchOff, isOn: () => isOn }
}
