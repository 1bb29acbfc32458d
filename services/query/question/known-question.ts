// The keys of remembered answers, chosen so that a question is recognised again after the clock has moved on. Pure.
import { createHash } from 'node:crypto'
import { MINUTE_MS } from '../../../model/bucket.ts'
import type { AskedRange } from './range.ts'

export type KnownQuestion = {
  /** Answers of one group are forgotten together. */
  readonly group: string
  /** Digests, the most exact key first: an answer under any of them answers the question. */
  readonly names: readonly string[]
}

/** A question without a range of time. */
export function knownQuestion(group: string, about: readonly unknown[]): KnownQuestion {
  return { group, names: [digestOf([...about, 'always'])] }
}

/**
 * A question over a range. A range that reaches to the present is the same question a minute later: either with the
 * same start, or with the same length. `about` is the rest of the question, including the tenant. The
 * range is the one that is asked for: widened to hours it would have another start and another length for a minute.
 */
export function knownRangeQuestion(
  group: string,
  about: readonly unknown[],
  { from, to }: AskedRange,
  nowMs: number,
): KnownQuestion {
  const names = [digestOf([...about, from, to])]
  const reach = to - Math.floor(nowMs / MINUTE_MS)
  if (reach >= -1 && reach <= 1) {
    names.push(digestOf([...about, from, 'now']))
    if (from !== null) names.push(digestOf([...about, 'length', to - from]))
  }
  return { group, names }
}

/** Keys are short however long a question is, and questions cannot be made to collide. */
function digestOf(asked: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(asked)).digest('base64url')
}
