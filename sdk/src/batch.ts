// Events that are sent together, as one text: while a million of them pass through, what is kept of each must be small.
import { jsonOf } from './attempt.ts'
import type { Captured, TallyEvent } from './event.ts'

type Written = Pick<Captured, 'json' | 'clockMs'> & { readonly index: number }

export class Batch {
  /** A JSON array of the events; of none, which nobody sends, nothing. */
  readonly text: string
  readonly #indexes: readonly number[]
  readonly #clocksMs: readonly Captured['clockMs'][]
  /** Where each event's JSON begins in `text`, and one more for the end: a comma or bracket stands between. */
  readonly #starts: readonly number[]

  private constructor(
    text: string,
    indexes: readonly number[],
    clocksMs: readonly Captured['clockMs'][],
    starts: readonly number[],
  ) {
    this.text = text
    this.#indexes = indexes
    this.#clocksMs = clocksMs
    this.#starts = starts
  }

  static of(events: readonly Written[]): Batch {
    const starts = [1]
    for (const { json } of events) starts.push(starts.at(-1)! + json.length + 1)
    return new Batch(
      jsonOf(events),
      events.map(({ index }) => index),
      events.map(({ clockMs }) => clockMs),
      starts,
    )
  }

  get length(): number {
    return this.#indexes.length
  }

  /** Of the event at this place, in the list of the caller. */
  indexAt(place: number): number {
    return this.#indexes[place]!
  }

  clockMsAt(place: number): Captured['clockMs'] {
    return this.#clocksMs[place]
  }

  jsonAt(place: number): string {
    return this.text.slice(this.#starts[place], this.#starts[place + 1]! - 1)
  }

  /** The event as it was sent. */
  eventAt(place: number): TallyEvent {
    return JSON.parse(this.jsonAt(place))
  }

  slice(from: number, to: number): Batch {
    const places = Array.from({ length: to - from }, (_, at) => from + at)
    return Batch.of(
      places.map((place) => ({
        index: this.indexAt(place),
        json: this.jsonAt(place),
        clockMs: this.clockMsAt(place),
      })),
    )
  }
}
