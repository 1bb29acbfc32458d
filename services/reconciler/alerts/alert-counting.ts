// The counts that alerts are judged by: those that would be answered to a question.
import type { Clock } from '../../../lib/clock.ts'
import { MINUTE_MS, minuteOf } from '../../../model/bucket.ts'
import type { Alert } from '../../../stores/alerts/alerts.ts'
import type { CountDeps } from '../../query/deps.ts'
import { getStats } from '../../query/stats.ts'
import type { Counting } from './judge.ts'

export function countingBy(deps: CountDeps, clock: Pick<Clock, 'nowMs'>): (alert: Alert) => Counting {
  return ({ tenant, videoId, eventType }) => {
    const { asOfMs, sureToMs = asOfMs } = deps.progress()
    return {
      reachedMinute: Math.max(0, Math.floor(Math.min(asOfMs, sureToMs, clock.nowMs()) / MINUTE_MS)),
      minutesFrom: deps.kept().minutesFrom,
      endMinute: minuteOf(clock.nowMs()) + 1,
      async count(from, to) {
        const question = { videoId, eventType, fn: 'count', range: { from, to }, series: null } as const
        const { value, meta } = await getStats(deps, tenant, question)
        return {
          count: Number(value!.rawJSON),
          asOfMs: meta.asOf === null ? null : Date.parse(meta.asOf),
          isComplete: meta.complete,
          isStale: meta.stale,
        }
      },
    }
  }
}
