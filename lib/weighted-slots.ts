// Bounds the total weight of the tasks that run at once; the others wait in the order in which they came. A task that
// weighs more than the bound runs alone.

type Waiting = { readonly weight: number; readonly go: () => void }

export class WeightedSlots {
  readonly #weightMax: number
  #weight = 0
  readonly #waiting: Waiting[] = []

  constructor(weightMax: number) {
    this.#weightMax = weightMax
  }

  async use<T>(weight: number, task: () => Promise<T>): Promise<T> {
    if (this.#waiting.length > 0 || !this.#fits(weight)) {
      await new Promise<void>((go) => this.#waiting.push({ weight, go }))
    } else this.#weight += weight
    try {
      return await task()
    } finally {
      this.#weight -= weight
      this.#admit()
    }
  }

  #fits(weight: number): boolean {
    return this.#weight === 0 || this.#weight + weight <= this.#weightMax
  }

  #admit(): void {
    while (this.#waiting.length > 0 && this.#fits(this.#waiting[0]!.weight)) {
      const { weight, go } = this.#waiting.shift()!
      this.#weight += weight
      go()
    }
  }
}
