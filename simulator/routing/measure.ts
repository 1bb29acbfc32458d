// Runs traffic through a strategy, and measures how evenly it loads the partitions and where copies end.
import { minuteOf } from '../../model/bucket.ts'
import { type Arrival, MINUTES } from './draw-minutes.ts'
import { LOOK_MS, PARTITIONS, type Router } from './strategies.ts'

/** Loads are of the most loaded partition, in terms of the mean of all. */
export type Measured = {
  /** Minute by minute, from the first. */
  readonly minutes: readonly number[]
  /** Of the minutes after the first ones, in which a policy may still be finding its way. */
  readonly typical: number
  readonly worst: number
  /** The same minutes taken together. */
  readonly together: number
  /** The share of the copies that another partition got than the one that has their event: they are counted twice. */
  readonly copiesAstray: number
}

const FIRST_MINUTES = 5

export function measure(router: Router, arrivals: readonly Arrival[]): Measured {
  const loads = Array.from({ length: MINUTES }, () => new Array<number>(PARTITIONS).fill(0))
  const places = new Map<string, number>()
  let copies = 0
  let astray = 0
  let lookMs = LOOK_MS
  for (const { atMs, event, isCopy } of arrivals) {
    for (; atMs >= lookMs; lookMs += LOOK_MS) router.look?.(lookMs)
    const partition = router.place(event, atMs)
    if (isCopy) {
      copies++
      if (places.get(event.id) !== partition) astray++
    } else {
      places.set(event.id, partition)
      loads[minuteOf(event.timeMs)]![partition]!++
    }
  }
  const minutes = loads.map(maxOverMean)
  const settled = minutes.slice(FIRST_MINUTES)
  const together = new Array<number>(PARTITIONS).fill(0)
  for (const load of loads.slice(FIRST_MINUTES))
    for (const [i, events] of load.entries()) together[i]! += events
  return {
    minutes,
    typical: settled.reduce((sum, ratio) => sum + ratio, 0) / settled.length,
    worst: Math.max(...settled),
    together: maxOverMean(together),
    copiesAstray: astray / copies,
  }
}

function maxOverMean(load: readonly number[]): number {
  const mean = load.reduce((sum, events) => sum + events, 0) / load.length
  return Math.max(...load) / mean
}
