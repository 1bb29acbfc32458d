// Divides a run into at most SLOTS_MAX slots of equal length with separate metrics: a summary holds no time series,
// so its charts are drawn from these. Pure.
export type Slots = { readonly slotMs: number; readonly count: number }

export type SlotNames = {
  readonly offered: string
  readonly acknowledged: string
  readonly again: string
  readonly acknowledgeMs: string
  readonly freshnessMs: string
}

const SLOTS_MAX = 60
const LENGTHS_MS = [1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000]

export function slotsOf(durationMs: number): Slots {
  const slotMs = LENGTHS_MS.find((length) => durationMs / length <= SLOTS_MAX) ?? 3_600_000
  return { slotMs, count: Math.ceil(durationMs / slotMs) }
}

/** Samples after the last slot, such as answers to retries, belong to the last. */
export function slotAt({ slotMs, count }: Slots, elapsedMs: number): number {
  return Math.max(0, Math.min(count - 1, Math.floor(elapsedMs / slotMs)))
}

export function slotNames(slot: number): SlotNames {
  const prefix = `slot_${slot}`
  return {
    offered: `${prefix}_offered`,
    acknowledged: `${prefix}_acknowledged`,
    again: `${prefix}_again`,
    acknowledgeMs: `${prefix}_acknowledge_ms`,
    freshnessMs: `${prefix}_freshness_ms`,
  }
}
