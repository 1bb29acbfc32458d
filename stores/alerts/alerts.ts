// Alerts: what a tenant wants to be told of a video, what it was told so far, and what still waits to be told. All of
// one alert is one document, so that whoever changes it changes it as a whole, or not at all.

export type Condition =
  /** The count from the beginning reaches a threshold; each is told of once. */
  | { readonly kind: 'passes'; readonly thresholds: readonly number[] }
  /** A full window counts `factor` times what the window before counted, and at least `countMin`. */
  | {
      readonly kind: 'rises'
      readonly factor: number
      readonly windowMinutes: number
      readonly countMin: number
    }
  /** Nothing happens for so long. */
  | { readonly kind: 'silent'; readonly minutes: number }

/** Why somebody is told. Minutes are since the epoch, ranges half-open. */
export type Reason =
  | { readonly kind: 'passes'; readonly threshold: number }
  | {
      readonly kind: 'rises'
      readonly from: number
      readonly to: number
      readonly countBefore: number
    }
  /** `to`: the end of what was known to be silent when it was noted. */
  | { readonly kind: 'silent'; readonly since: number; readonly to: number }

/** One thing to be told: noted before it is sent, and sent until it is taken. */
export type Milestone = {
  /** Follows from the alert and the reason alone: whoever finds the same gives it the same id. */
  readonly id: string
  readonly reason: Reason
  readonly count: number
  readonly asOfMs: number
  readonly notedMs: number
  readonly attempts: number
  /** Null: none yet. */
  readonly lastError: string | null
  readonly nextAttemptMs: number
  /** When it was taken; null until then. */
  readonly deliveredMs: number | null
  /** When it was too old to be tried again; null otherwise. */
  readonly gaveUpMs: number | null
}

export type Alert = {
  readonly tenant: string
  readonly alertId: string
  readonly videoId: string
  readonly eventType: string
  readonly condition: Condition
  readonly url: string
  /** What the receiver checks signatures with: `whsec_` and Base64. */
  readonly secret: string
  /** Of the question: another video, type or kind makes it anew, and everything is told again. */
  readonly incarnation: string
  readonly createdMs: number
  /** The receiver does not want any more, and why; null: it does. */
  readonly disabled: { readonly atMs: number; readonly reason: string } | null
  /** Of one that rises: up to which minute windows are judged; left out: none is. */
  readonly judgedTo?: number
  /** Oldest first. */
  readonly milestones: readonly Milestone[]
  /** One more with each change. */
  readonly revision: number
}

/** All calls are safe to repeat. Rejections are temporary: try again. */
export interface Alerts {
  /** Of all tenants. */
  all(): Promise<readonly Alert[]>
  /** In the order of their ids. */
  ofTenant(tenant: string): Promise<readonly Alert[]>
  find(tenant: string, alertId: string): Promise<Alert | null>
  /**
   * Stores `alert` in place of `expected`, null where there is none. False: something else is stored, which may be what
   * an earlier try of this call stored. Resolved with true means durable.
   */
  write(alert: Alert, expected: Pick<Alert, 'incarnation' | 'revision'> | null): Promise<boolean>
  /** Not an error if there is none. */
  remove(tenant: string, alertId: string): Promise<void>
}

/** Differs for every state that an alert was ever in. */
export function versionOf({ incarnation, revision }: Pick<Alert, 'incarnation' | 'revision'>): string {
  return `${incarnation}.${revision}`
}
