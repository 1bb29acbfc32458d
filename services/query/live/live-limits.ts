// The bounds of live answers, and how they are enforced.
import { ProblemError } from '../../../lib/http/problem.ts'

export type LiveLimits = {
  /** Videos × types. */
  readonly seriesPerConnectionMax: number
  readonly connectionsMax: number
  readonly connectionsPerAddressMax: number
  /** The unsent bytes of one connection. */
  readonly bufferBytesMax: number
}

export const LIVE_LIMITS: LiveLimits = {
  seriesPerConnectionMax: 100,
  connectionsMax: 2_000,
  connectionsPerAddressMax: 200,
  bufferBytesMax: 256 << 10,
}

/** Of the connections of a process: those of share links may be this part, together. */
const LINKS_PART = 1 / 4
const RETRY_AFTER = { 'retry-after': '5' }

/** Open connections by client address. */
export class Connections {
  readonly #limits: LiveLimits
  readonly #byAddress = new Map<string, number>()
  readonly #byLinkMax: number
  #open = 0
  #openByLink = 0

  constructor(limits: LiveLimits) {
    this.#limits = limits
    this.#byLinkMax = Math.max(1, Math.floor(limits.connectionsMax * LINKS_PART))
  }

  /**
   * Counts one more connection, until the returned function is called. Fails with ProblemError: `overloaded`, or
   * `rate-limited` if this client has too many.
   */
  enter(address: string, isByLink = false): () => void {
    const { connectionsMax, connectionsPerAddressMax } = this.#limits
    const held = this.#byAddress.get(address) ?? 0
    if (held >= connectionsPerAddressMax) {
      const detail = `Your address has ${connectionsPerAddressMax} live connections open, which is all it may.`
      throw new ProblemError({ type: 'rate-limited', detail, headers: RETRY_AFTER })
    }
    if (this.#open >= connectionsMax) {
      const detail = `This server holds ${connectionsMax} live connections, which is all it can.`
      throw new ProblemError({ type: 'overloaded', detail, headers: RETRY_AFTER })
    }
    if (isByLink && this.#openByLink >= this.#byLinkMax) {
      const detail = `This server holds ${this.#byLinkMax} live connections of share links, which is all it may.`
      throw new ProblemError({ type: 'overloaded', detail, headers: RETRY_AFTER })
    }
    this.#open++
    if (isByLink) this.#openByLink++
    this.#byAddress.set(address, held + 1)
    let isIn = true
    return () => {
      if (isIn) this.#leave(address, isByLink)
      isIn = false
    }
  }

  #leave(address: string, isByLink: boolean): void {
    this.#open--
    if (isByLink) this.#openByLink--
    const held = this.#byAddress.get(address)! - 1
    if (held === 0) this.#byAddress.delete(address)
    else this.#byAddress.set(address, held)
  }
}
