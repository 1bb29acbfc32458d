// Round numbers along an axis. Pure.
import { MS_PER_SECOND } from '../durations.ts'

const STEPS = [1, 2, 2.5, 5, 10]
const TIME_STEPS_S = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400,
]

/** From 0 to at least `most`, about `count` of them. */
export function ticks(most: number, count: number): number[] {
  const raw = (most > 0 ? most : 1) / count
  const magnitude = 10 ** Math.floor(Math.log10(raw))
  const step = magnitude * STEPS.find((one) => magnitude * one >= raw)!
  return upTo(Math.ceil((most > 0 ? most : 1) / step), step)
}

/** Within a length of time, in milliseconds. */
export function timeTicks(lengthMs: number, count: number): number[] {
  const seconds = lengthMs / MS_PER_SECOND
  const step = TIME_STEPS_S.find((one) => seconds / one <= count) ?? seconds / count
  return upTo(Math.floor(seconds / step), step * MS_PER_SECOND)
}

function upTo(count: number, step: number): number[] {
  return Array.from({ length: count + 1 }, (_, i) => i * step)
}
