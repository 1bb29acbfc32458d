// Questions about the attributes of archived events: how many events of a series carried which value of one of them.
import type { Series } from '../../model/bucket.ts'
import type { Aggregate } from '../../model/total.ts'
import type { RecountQuestion } from './archive.ts'

export const BREAKDOWN_ORDERS = ['count', 'sum', 'average', 'min', 'max'] as const
export type BreakdownOrder = (typeof BREAKDOWN_ORDERS)[number]

export type BreakdownQuestion = Pick<RecountQuestion, 'horizonMs' | 'aheadMs'> & {
  readonly series: Series
  /** The range [from, to), minutes since the epoch. */
  readonly from: number
  readonly to: number
  /** The key of the attribute. */
  readonly by: string
  /** The highest first, those without a number last; equal ones in the order of the UTF-8 of their values. */
  readonly orderBy: BreakdownOrder
  readonly rowsMax: number
}

export type Breakdown = {
  /** Events without the attribute have the value ''. */
  readonly rows: readonly { readonly value: string; readonly aggregate: Aggregate }[]
  /** All events whose values have no row of their own; null if there are none. */
  readonly other: Aggregate | null
  /** The minute of the first event; null if there is none. */
  readonly firstMinute: number | null
  /** Hours of the range of which files are missing or damaged. */
  readonly unreadableHours: readonly number[]
}

export interface BreakdownReader {
  /**
   * Takes the same events, and of copies the same one, as a recount. Holds everything that was stored before the call.
   * Fails when aborted.
   */
  breakdown(question: BreakdownQuestion, signal: AbortSignal): Promise<Breakdown>
}
