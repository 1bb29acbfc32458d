// What answers may call complete where counts were lost and counted again, and what operators are told of it. Pure.
import { instantText, minuteText } from '../../../lib/time-text.ts'
import type { Rebuild } from '../../../stores/counts/rebuilds.ts'
import type { Vouched } from '../deps.ts'

const NOTHING_VOUCHED: Vouched = { fromMinute: Number.POSITIVE_INFINITY, toMs: 0 }

/** Null for all. */
export function vouchedIn(rebuild: Rebuild | null): Vouched | null {
  if (rebuild === null) return null
  if (!rebuild.isDone) return NOTHING_VOUCHED
  const { fromMinute } = rebuild
  return fromMinute === 0 ? null : { fromMinute, toMs: Number.POSITIVE_INFINITY }
}

export function bothVouched(one: Vouched | null, other: Vouched | null): Vouched | null {
  if (one === null || other === null) return one ?? other
  return {
    fromMinute: Math.max(one.fromMinute, other.fromMinute),
    toMs: Math.min(one.toMs, other.toMs),
  }
}

export function rebuildWarnings(rebuild: Rebuild | null): readonly string[] {
  if (rebuild === null) return []
  const { begunMs, fromMinute, isDone } = rebuild
  if (!isDone) {
    const since = `The counts were lost, and are counted again since ${instantText(begunMs)}`
    return [`${since}: until npm run rebuild -- --cluster has ended, no answer is complete.`]
  }
  if (fromMinute === 0) return []
  const lost = `Counts of before ${minuteText(fromMinute)} are lost: answers that reach back so far are not complete.`
  return [`${lost} To accept that: npm run rebuild -- --cluster --accept.`]
}
