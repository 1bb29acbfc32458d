// What the server says became of the events of one request, believed only if it adds up. Pure.
import type { Rejection } from './event.ts'

/** `rejected` has one entry for each refused event; its `index` is the event's place in the request. */
export type Receipt = {
  readonly accepted: number
  readonly late: number
  readonly rejected: readonly Rejection[]
}

const NONE_ACCEPTED = 422

/**
 * The receipt for `sent` events, or null where it cannot be one: whatever answered did not count what was sent. Of an
 * event that is named twice the first entry stays.
 */
export function readReceipt(status: number, text: string, sent: number): Receipt | null {
  try {
    const { accepted, late, rejected } = JSON.parse(text)
    const byIndex = new Map<number, Rejection>()
    for (const { index, code, detail } of rejected as Rejection[]) {
      if (!isCount(index, sent - 1) || typeof code !== 'string') return null
      if (byIndex.has(index)) continue
      byIndex.set(index, { index, code, detail: typeof detail === 'string' ? detail : '' })
    }
    const addsUp = isCount(accepted, sent) && isCount(late, accepted) && accepted + byIndex.size === sent
    if (!addsUp || !Array.isArray(rejected) || (status === NONE_ACCEPTED && accepted > 0)) return null
    return { accepted, late, rejected: [...byIndex.values()] }
  } catch {
    return null // another shape, or no JSON
  }
}

function isCount(value: unknown, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max
}
