// What the server says became of the events of one request, believed only if it adds up. Pure.
import type { Rejection } from './event.ts'
import { isObject, parseJson } from './status.ts'

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
  const answer = parseJson(text)
  if (!isObject(answer)) return null
  const { accepted, late, rejected } = answer
  if (!isCount(accepted, sent) || !isCount(late, accepted) || !Array.isArray(rejected)) return null
  const byIndex = new Map<number, Rejection>()
  for (const one of rejected) {
    if (!isObject(one) || !isCount(one.index, sent - 1) || typeof one.code !== 'string') return null
    const { index, code, detail } = one
    if (!byIndex.has(index))
      byIndex.set(index, { index, code, detail: typeof detail === 'string' ? detail : '' })
  }
  if (accepted + byIndex.size !== sent) return null
  if (status === NONE_ACCEPTED && accepted > 0) return null
  return { accepted, late, rejected: [...byIndex.values()] }
}

function isCount(value: unknown, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max
}
