// Alerts for tests, and counts of minutes to judge them by.

import type { Counting } from '../services/reconciler/alerts/judge.ts'
import type { Alert, Condition } from '../stores/alerts/alerts.ts'

export const ALERT_CREATED_MINUTE = 29_000_160

export function alertOf(condition: Condition, more: Partial<Alert> = {}): Alert {
  return {
    ...{ tenant: 'acme', alertId: 'a', videoId: 'intro', eventType: 'view', condition },
    url: 'https://hooks.example/tally',
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    incarnation: 'made-once',
    createdMs: ALERT_CREATED_MINUTE * 60_000,
    ...{ disabled: null, milestones: [], revision: 1 },
    ...more,
  }
}

/** Minutes with events, up to which one they are known, and from which one on by the minute, before by the hour. */
export type KnownMinutes = {
  readonly counts: ReadonlyMap<number, number>
  readonly reached: number
  readonly minutesFrom?: number
}

export function countingOf({ counts, reached, minutesFrom = 0 }: KnownMinutes): Counting {
  return {
    ...{ reachedMinute: reached, minutesFrom },
    endMinute: reached + 1,
    async count(asked, to) {
      const from = asked !== null && asked < minutesFrom ? asked - (asked % 60) : asked
      const inRange = Array.from(counts).filter(
        ([minute]) => minute >= (from ?? 0) && minute < Math.min(to, reached),
      )
      return {
        count: inRange.reduce((sum, [, count]) => sum + count, 0),
        asOfMs: reached * 60_000,
        isComplete: to <= reached,
        isStale: false,
      }
    },
  }
}
