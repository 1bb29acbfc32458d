// The bounds of live answers, and how they are enforced.
import { ProblemError } from '../../../lib/http/problem.ts'
import { SharedPlaces } from '../../../lib/shared-places.ts'

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

export type Connecting = {
  /** Of the client. */
  readonly address: string
  /** Empty where keys are off: then every address is an owner of its own. */
  readonly tenant: string
  readonly isByLink: boolean
}

/** Open connections: bounded for an address, and shared by all tenants. */
export class Connections {
  readonly #limits: LiveLimits
  readonly #byAddress = new Map<string, number>()
  readonly #byLinkMax: number
  readonly #all: SharedPlaces
  readonly #ofLinks: SharedPlaces

  constructor(limits: LiveLimits) {
    this.#limits = limits
    this.#byLinkMax = Math.max(1, Math.floor(limits.connectionsMax * LINKS_PART))
    this.#all = new SharedPlaces(limits.connectionsMax)
    this.#ofLinks = new SharedPlaces(this.#byLinkMax)
  }

  /**
   * Counts one more connection, until the returned function is called. `drop` is called if the connection must end for
   * a tenant that has fewer. Fails with ProblemError: `overloaded`, or `rate-limited` if this client has too many.
   */
  enter({ address, tenant, isByLink }: Connecting, drop: () => void): () => void {
    const { connectionsMax, connectionsPerAddressMax } = this.#limits
    const held = this.#byAddress.get(address) ?? 0
    if (held >= connectionsPerAddressMax) {
      const detail = `Your address has ${connectionsPerAddressMax} live connections open, which is all it may.`
      throw new ProblemError({ type: 'rate-limited', detail, headers: RETRY_AFTER })
    }
    const owner = tenant === '' ? `address ${address}` : `tenant ${tenant}`
    const end = () => {
      leave()
      drop()
    }
    const leaveLinks = isByLink ? this.#ofLinks.take(owner, end) : () => {}
    if (leaveLinks === null)
      throw full(`This server holds ${this.#byLinkMax} live connections of share links, which is all it may.`)
    const leaveAll = this.#all.take(owner, end)
    if (leaveAll === null) {
      leaveLinks()
      throw full(`This server holds ${connectionsMax} live connections, which is all it can.`)
    }
    this.#byAddress.set(address, held + 1)
    let isIn = true
    const leave = () => {
      if (!isIn) return
      isIn = false
      leaveLinks()
      leaveAll()
      this.#leaveAddress(address)
    }
    return leave
  }

  #leaveAddress(address: string): void {
    const held = this.#byAddress.get(address)! - 1
    if (held === 0) this.#byAddress.delete(address)
    else this.#byAddress.set(address, held)
  }
}

function full(detail: string): ProblemError {
  return new ProblemError({ type: 'overloaded', detail, headers: RETRY_AFTER })
}
