// Sketches of the viewers of each video and hour. Pure.
import { hourOf, minuteOf } from './bucket.ts'
import type { Event } from './event.ts'
import { HyperLogLog } from './hyper-log-log.ts'

export type HourSketch = {
  readonly tenant: string
  readonly videoId: string
  /** Minutes since the epoch at which the hour begins. */
  readonly hour: number
  readonly sketch: HyperLogLog
}

/** The viewers that these events name, whatever their type. Copies and order make no difference. */
export function sketchesOf(events: Iterable<Event>): HourSketch[] {
  const sketches = new Map<string, HourSketch>()
  for (const { tenant, videoId, viewerId, timeMs } of events) {
    if (viewerId === null) continue
    const hour = hourOf(minuteOf(timeMs))
    const key = `${hour}\t${tenant}\t${videoId}` // ids hold no control characters
    const known = sketches.get(key) ?? { tenant, videoId, hour, sketch: new HyperLogLog() }
    sketches.set(key, known)
    known.sketch.add(viewerId)
  }
  return [...sketches.values()]
}
