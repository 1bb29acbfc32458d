// One seed decides a whole run. sfc32, a small fast generator (Doty-Humphrey, PractRand).

export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(seed: number) {
    this.#a = 0
    this.#b = seed | 0
    this.#c = Math.floor(seed / 2 ** 32)
    for (let i = 0; i < 12; i++) this.next()
  }

  /** In [0, 1). */
  next = (): number => {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum
    return (sum >>> 0) / 2 ** 32
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** A whole number from `least` to `most`, both included. */
  int(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() * items.length)]!
  }

  /** Mostly short, sometimes very long: like waits in a system under stress. */
  delayMs(typicalMs: number, longestMs: number): number {
    const scale = this.chance(0.05) ? longestMs : typicalMs
    return Math.ceil(this.next() * scale)
  }
}
