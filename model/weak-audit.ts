// The finding of the product's own probe, as the journal keeps it and answers tell it.

/** What a probe found. Times in ms. */
export type WeakAudit = {
  readonly startedMs: number
  readonly ok: boolean
  /** Distinct events that were sent. */
  readonly events: number
  /** From the answer of the front door until the counts were right; null where they never were. */
  readonly latencyMs: number | null
  /** What was wrong, in words. */
  readonly detail: string | null
}
