// The result of the product's own probe, as the journal stores it and answers show it.

/** What a probe found. Times in ms. */
export type WeakAudit = {
  readonly startedMs: number
  readonly ok: boolean
  /** Distinct events that were sent. */
  readonly events: number
  /** From the answer of the front door until the counts were right; null if they never were. */
  readonly latencyMs: number | null
  /** What was wrong, in words. */
  readonly detail: string | null
}
