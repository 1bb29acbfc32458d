// The `meta` of an answer from the archive. Pure.

import { asOfText, minuteText } from '../../../lib/time-text.ts'
import { MINUTE_MS } from '../../../model/bucket.ts'
import { type Coverage, isCovered } from '../../../model/coverage.ts'
import type { InTime } from '../../../stores/archive/archive.ts'
import { isVouchedFor, type Meta } from '../../query/answer/meta.ts'
import type { Vouched } from '../../query/deps.ts'
import { type Coarse, NOT_COARSE } from '../../query/plan/cut.ts'
import type { MinuteRange } from '../../query/question/vocabulary.ts'
import type { HowFarArchived } from '../archiving/archived.ts'
import { completeFrom } from '../recount/due-hours.ts'
import type { Held } from './held.ts'

type Counted = {
  readonly range: MinuteRange
  readonly held: Pick<Held, 'isWhole'>
  readonly found: { readonly unreadableHours: readonly number[] }
  readonly coarse?: Coarse
  /** Of the question; read before the count, as the coverage. */
  readonly vouched: Vouched | null
}

/** @param coverage read before the count */
export function archivedMeta(
  { range, held, found, vouched, coarse = NOT_COARSE }: Counted,
  archived: HowFarArchived,
  coverage: Coverage | null,
  inTime: InTime,
): Meta {
  const { daysBefore, hoursBefore } = coarse
  const isWhole = held.isWhole && found.unreadableHours.length === 0
  const isInArchive = range.from >= completeFrom(archived.missingBeforeMs, inTime)
  const isKnown = isWhole && isInArchive && isVouchedFor(range, vouched)
  return {
    asOf: asOfText(archived.asOfMs),
    complete: isKnown && Math.min(archived.asOfMs, archived.sureToMs) >= range.to * MINUTE_MS,
    reconciled: isCovered(coverage, range.from, range.to),
    stale: false,
    ...(daysBefore !== null && { utcDaysBefore: minuteText(daysBefore) }),
    ...(hoursBefore !== null && { utcHoursBefore: minuteText(hoursBefore) }),
  }
}
