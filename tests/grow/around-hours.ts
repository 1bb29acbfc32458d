// Events of the minutes around hours at which something changes. The hours are past ones, so that nobody has to wait:
// events of a coming hour are sent when the test says that it has come. Pure.
import { HOUR_MS, MINUTE_MS } from '../../model/bucket.ts'
import type { Random } from '../../simulator/random.ts'
import type { Sample } from '../faults/acknowledged-counts.ts'
import { Traffic } from '../faults/traffic.ts'

/** To either side of an hour. */
export const SPAN_MS = 10 * MINUTE_MS
/** The last event is an hour old at least, whatever the time is. */
const FIRST_HOURS_AGO = 3

export class AroundHours {
  readonly #random: Random
  readonly #traffic: Traffic
  /** Epoch ms. Up to the last one, which is to come, everything has happened. */
  readonly #hours: number[]

  constructor(random: Random, nowMs: number) {
    this.#random = random
    this.#traffic = new Traffic(random)
    this.#hours = [(Math.floor(nowMs / HOUR_MS) - FIRST_HOURS_AGO) * HOUR_MS]
  }

  get comingMs(): number {
    return this.#hours.at(-1)!
  }

  /** From now on events of the hour that was to come are sent, too, and of the minutes before the next one. */
  come(): void {
    this.#hours.push(this.comingMs + HOUR_MS)
  }

  next(): Sample {
    const hourMs = this.#random.pick(this.#hours)
    const lastMs = hourMs === this.comingMs ? -1 : SPAN_MS - 1
    return this.#traffic.next(hourMs + this.#random.int(-SPAN_MS, lastMs))
  }
}
