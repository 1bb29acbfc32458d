// A bounded number of places that several owners hold for as long as they like. Where all are taken, whoever holds most
// gives one up to an owner that holds fewer: nobody can lock out the others, and one alone may have all.

type Place = { readonly drop: () => void }

export class SharedPlaces {
  readonly #max: number
  /** The places of each owner, in the order in which they were taken. */
  readonly #byOwner = new Map<string, Set<Place>>()
  #taken = 0

  constructor(max: number) {
    this.#max = max
  }

  /**
   * Takes a place, until the returned function is called; null if there is none for this owner. `drop` is called if it
   * has to be given up before that: the place is free by then.
   */
  take(owner: string, drop: () => void): (() => void) | null {
    if (this.#taken >= this.#max && !this.#makeRoom(owner)) return null
    const place = { drop }
    const held = this.#byOwner.get(owner) ?? new Set()
    this.#byOwner.set(owner, held.add(place))
    this.#taken++
    return () => this.#leave(owner, place)
  }

  #makeRoom(owner: string): boolean {
    const [largest, places] = this.#largest()
    const held = this.#byOwner.get(owner)?.size ?? 0
    if (held + 1 >= places.size) return false // it would only change who holds most
    const latest = Array.from(places).at(-1)!
    this.#leave(largest, latest)
    latest.drop()
    return true
  }

  #largest(): readonly [string, ReadonlySet<Place>] {
    let largest: readonly [string, ReadonlySet<Place>] = ['', new Set()]
    for (const entry of this.#byOwner) if (entry[1].size > largest[1].size) largest = entry
    return largest
  }

  #leave(owner: string, place: Place): void {
    const held = this.#byOwner.get(owner)
    if (held === undefined || !held.delete(place)) return
    this.#taken--
    if (held.size === 0) this.#byOwner.delete(owner)
  }
}
