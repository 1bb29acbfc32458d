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
    const isList = (rejected as Rejection[]).every(({ index, code, detail }) => {
      if (!byIndex.has(index)) byIndex.set(index, { index, code, detail: `${detail ?? ''}` })
      return isCount(index, sent - 1) && typeof code === 'string'
    })
    const addsUp = isCount(accepted, sent) && isCount(late, accepted) && accepted + byIndex.size === sent
    if (!isList || !addsUp || (status === NONE_ACCEPTED && accepted > 0)) return null
    return { accepted, late, rejected: [...byIndex.values()] }
  } catch {
    return null // another shape, or no JSON
  }
}

const isCount = (value: number, max: number) => Number.isInteger(value) && value >= 0 && value <= max
