// Every value of a trend, so that its percentiles are exact: 8 bytes each.
const FIRST_CAPACITY = 64

export class Numbers {
  #values = new Float64Array(FIRST_CAPACITY)
  #count = 0
  #sum = 0
  #isSorted = true

  get count(): number {
    return this.#count
  }

  /** 0 if there are none. */
  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count
  }

  add(value: number): void {
    this.#reserve(this.#count + 1)
    this.#values[this.#count++] = value
    this.#sum += value
    this.#isSorted = false
  }

  addAll(values: Float64Array): void {
    this.#reserve(this.#count + values.length)
    this.#values.set(values, this.#count)
    this.#count += values.length
    this.#isSorted = false
    for (const value of values) this.#sum += value
  }

  /** Removes and returns all values. */
  take(): Float64Array {
    const taken = this.#values.slice(0, this.#count)
    this.#count = 0
    this.#sum = 0
    this.#isSorted = true
    return taken
  }

  /** Interpolates linearly between two values. 0 if there are none. */
  quantile(share: number): number {
    if (this.#count === 0) return 0
    if (!this.#isSorted) this.#values.subarray(0, this.#count).sort()
    this.#isSorted = true
    const place = share * (this.#count - 1)
    const below = this.#values[Math.floor(place)]!
    const above = this.#values[Math.ceil(place)]!
    return below + (above - below) * (place - Math.floor(place))
  }

  #reserve(count: number): void {
    if (count <= this.#values.length) return
    const larger = new Float64Array(Math.max(count, this.#values.length * 2))
    larger.set(this.#values.subarray(0, this.#count))
    this.#values = larger
  }
}
