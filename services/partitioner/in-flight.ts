// How much work has been taken on and not finished yet, in bytes of request bodies: the bound that turns a
// flood away before it costs anything.

/** Room that one request holds. */
export type Hold = {
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

  /** Room for `bytes`, or null where there is none. A lone request always has room. */
  take(bytes: number): Hold | null {
    if (this.#bytes > 0 && this.#bytes + bytes > this.#bytesMax) return null
    let held = 0
    const resize = (to: number) => {
      this.#bytes += to - held
      held = to
      this.#onChange(this.#bytes)
    }
    resize(bytes)
    return { shrinkTo: resize, release: () => resize(0) }
  }
}
