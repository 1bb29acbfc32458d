// Bounds the unfinished work, in bytes of request bodies, so that a flood is refused before it costs anything.

/** The room that one request holds. */
export type Hold = {
  /** Takes more room; false, and takes nothing, if there is none. */
  growBy(bytes: number): boolean
  /** Returns the room that was not needed. */
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
