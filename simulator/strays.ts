// What a broken stream leaves behind: rows of minutes without any event of their series in the log, in an hour with
// other events or in an hour with none at all. The batch layer must find them from the counts.
import { type Bucket, hourOf, MINUTES_PER_HOUR, minuteOf } from '../model/bucket.ts'
import { type Aggregate, EMPTY, writeTimestampMicros } from '../model/total.ts'
import { rowKey } from './simulated-store.ts'
import type { World } from './world.ts'

/** By bucket, as `tenant|video|type|minute`. */
export type Strays = ReadonlyMap<string, Aggregate>

const UP_TO = 1

/** Writes them to every replica, under a source that the stream counts. */
export function leaveStrays({ random, scheduler, log, replicas }: World): Strays {
  const [source] = log.countedSources()
  const now = minuteOf(scheduler.nowMs)
  const minutes = [now, now + random.int(1, 3), hourOf(now) + 3 * MINUTES_PER_HOUR]
  const strays = new Map<string, Aggregate>()
  for (const minute of minutes.slice(0, random.int(1, minutes.length))) {
    const bucket: Bucket = { tenant: '', videoId: random.pick(['a-stray', 'z-stray']), type: 'view', minute }
    const aggregate = { ...EMPTY, count: random.int(1, 5) }
    const cell = { timestamp: writeTimestampMicros(minute, UP_TO), value: { ...aggregate, upTo: UP_TO } }
    replicas.hold([{ key: rowKey(source!.id, bucket), cell }])
    strays.set([bucket.tenant, bucket.videoId, bucket.type, minute].join('|'), aggregate)
  }
  return strays
}

export function straysOfHour(strays: Strays, hour: number): number {
  return Array.from(strays.keys()).filter((key) => hourOf(Number(key.split('|').at(-1))) === hour).length
}
