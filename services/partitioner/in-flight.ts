// How much work has been taken on and not finished yet, in bytes of request bodies: the bound that turns a
// flood away before it costs anything.

/** Room that one request holds. */
export type Hold = {
  /** Takes more; false, and nothing is taken, where there is no room. */
  growBy(bytes: number): boolean
  /** Gives back what turned out not to be needed. */
  shrinkTo(bytes: number): void
  release(): void
}

export class InFlight {
  readonly #bytesMax: number
  readonly #onChange: (bytes: number) => void
  #bytes = 0

  constructor(bytesMax: number, onChange: (bytes: number) => void) {
    this.#bytesMax = bytesMax
    this.#onChange = onChange
  }

  get isFull(): boolean {
    return this.#bytes >= this.#bytesMax
  }

  /** Room for one request, none at first. A lone request always has room. */
  take(): Hold {
    let held = 0
    const resize = (to: number) => {
      this.#bytes += to - held
      held = to
      this.#onChange(this.#bytes)
    }
    const growBy = (more: number) => {
      const others = this.#bytes - held
      if (others > 0 && this.#bytes + more > this.#bytesMax) return false
      resize(held + more)
      return true
    }
    return { growBy, shrinkTo: resize, release: () => resize(0) }
  }
}
