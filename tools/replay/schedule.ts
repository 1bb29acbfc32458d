// The order in which events are sent: shuffled within a bound, a share of them twice. Pure apart from the given
// random numbers.

export type ScheduleSettings = {
  /** No event is overtaken by one `shuffle` or more positions after it; 0 keeps the order. */
  readonly shuffle: number
  /** The share of events that are sent twice, 0 to 1. */
  readonly duplicates: number
  /**
   * A copy follows its original within this many positions (plus the shuffle). Most follow closely, some late.
   */
  readonly copyPlacesMax: number
  readonly random: () => number
}

/**
 * A wheel of slots that turns by one with each event added. An event goes to a slot that comes up within `shuffle`
 * turns, its copy to a later one; the slot that comes up is emptied. So only pending events are held in memory.
 */
export class Schedule<T> {
  readonly #settings: ScheduleSettings
  readonly #wheel: T[][]
  #turn = 0
  #copies = 0

  constructor(settings: ScheduleSettings) {
    this.#settings = settings
    this.#wheel = Array.from({ length: settings.shuffle + settings.copyPlacesMax + 2 }, () => [])
  }

  get copies(): number {
    return this.#copies
  }

  /** Takes an event and emits those that are due. */
  add(event: T, emit: (event: T) => void) {
    const { shuffle, duplicates, copyPlacesMax, random } = this.#settings
    const places = Math.floor(random() * shuffle)
    this.#slot(places).push(event)
    if (random() < duplicates) {
      const after = Math.floor(random() ** 3 * copyPlacesMax) + 1
      this.#slot(places + after).push(event)
      this.#copies++
    }
    this.#rotate(emit)
  }

  /** Emits all remaining events. */
  drain(emit: (event: T) => void) {
    for (let left = this.#wheel.length; left > 0; left--) this.#rotate(emit)
  }

  #slot(turnsAhead: number): T[] {
    return this.#wheel[(this.#turn + turnsAhead) % this.#wheel.length]!
  }

  #rotate(emit: (event: T) => void) {
    const slot = this.#slot(0)
    for (const event of slot) emit(event)
    slot.length = 0
    this.#turn++
  }
}
