// The names of a run's videos and of its counters. The scripts write them, and the exactness check reads them. Pure.
import { MINUTE_MS } from './durations.ts'

/** A video with a type: what is counted. */
export type Key = { readonly video: number; readonly type: EventType }
export type EventType = (typeof EVENT_TYPES)[number]

/** A counter of events, and a counter of the sum of their values. */
export type CounterNames = { readonly events: string; readonly thousandths: string }

export type Run = {
  /** The prefix of every video id and event id, so that no two runs share a name. */
  readonly name: string
  readonly startedMs: number
}

export const EVENT_TYPES = ['view', 'like', 'dislike', 'share'] as const

/** A gauge that `setup` sets, with the run's name and start time. */
export const RUN_GAUGE = 'run_number'
/** A gauge that says how many videos the run has. */
export const VIDEOS_GAUGE = 'run_videos'
const RUNS_PER_MS = 1_000
const NAME_RADIX = 36

/** @param chance from 0 up to 1: keeps runs apart that start in the same millisecond */
export function runNumber(nowMs: number, chance: number): number {
  return nowMs * RUNS_PER_MS + Math.floor(chance * RUNS_PER_MS)
}

export function runOf(number: number): Run {
  return { name: `load-${number.toString(NAME_RADIX)}`, startedMs: Math.floor(number / RUNS_PER_MS) }
}

export function videoId(run: Run, video: number): string {
  return `${run.name}-v${video}`
}

export function keyNames({ video, type }: Key): CounterNames {
  return counterNames(`v${video}_${type}`)
}

/** @param minute counted from the run's, see `minuteIndex` */
export function minuteNames(minute: number): CounterNames {
  return counterNames(`minute_${minute}`)
}

/** Events may be dated into the minute before the run's, which is 0. */
export function minuteIndex(run: Run, timeMs: number): number {
  return Math.floor(timeMs / MINUTE_MS) - firstMinute(run)
}

export function firstMinute(run: Run): number {
  return Math.floor(run.startedMs / MINUTE_MS) - 1
}

function counterNames(what: string): CounterNames {
  return { events: `acknowledged_${what}`, thousandths: `acknowledged_${what}_thousandths` }
}
