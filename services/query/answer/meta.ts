// The `meta` of an answer: how current and how complete it is.

import { asOfText, minuteText } from '../../../lib/time-text.ts'
import { MINUTE_MS } from '../../../model/bucket.ts'
import { type Coverage, isCovered } from '../../../model/coverage.ts'
import type { CountDeps, Vouched } from '../deps.ts'
import { type Coarse, NOT_COARSE } from '../plan/cut.ts'
import type { AskedRange } from '../question/range.ts'
import type { MinuteRange } from '../question/vocabulary.ts'
import type { Age } from '../read/age.ts'

export type Meta = {
  /**
   * Everything that was acknowledged by then is in the answer, but late events and what a partitioner that cannot be
   * heard has on its disk; null where that is not known yet.
   */
  readonly asOf: string | null
  /** Nothing accepted before the end of the range can be missing, but late events until they are recounted. */
  readonly complete: boolean
  /** The batch layer has recounted the whole range. */
  readonly reconciled: boolean
  /** The store could not be asked in full: durable writes may be missing after all. */
  readonly stale: boolean
  /** Set while events that were imported into the range are not counted. */
  readonly importing?: true
  /**
   * Only in a series whose periods begin, by the local clock, between UTC midnights: those before this time are made of
   * UTC days of the same dates, because hours are not kept so long.
   */
  readonly utcDaysBefore?: string
  /** The same for periods that begin between UTC hours, which an earlier release rolled up as a whole. */
  readonly utcHoursBefore?: string
}

/** How far counting (epoch ms) and recounting have come. */
export type Progress = {
  readonly asOfMs: number
  /** Nothing that was acknowledged by then waits anywhere. */
  readonly sureToMs: number
  readonly coverage: Coverage | null
  readonly vouched: Vouched | null
  readonly importing: MinuteRange | null
}

/**
 * To be called before the counts are read: an answer must not claim to hold what is stored later. `from`: where the
 * question begins; null for the first count, before which counts may be lost.
 */
export function progressOf(
  { progress, coverage, vouched, importing }: CountDeps,
  { from }: Pick<AskedRange, 'from'>,
): Progress {
  const { asOfMs, sureToMs = asOfMs } = progress()
  return {
    ...{ asOfMs, sureToMs, coverage: coverage(), importing: importing?.() ?? null },
    vouched: vouchedFrom({ from }, vouched?.() ?? null),
  }
}

/** What is vouched for of a question that begins there; null: with the first count, before which counts may be lost. */
export function vouchedFrom({ from }: Pick<AskedRange, 'from'>, known: Vouched | null): Vouched | null {
  const reachesBack = from === null && known !== null && known.fromMinute > Number.NEGATIVE_INFINITY
  return reachesBack ? { ...known, fromMinute: Number.POSITIVE_INFINITY } : known
}

/** `reading`: the reading, or the oldest of several. */
export function metaOf(
  range: MinuteRange,
  { coverage, vouched, importing, ...progress }: Progress,
  { stale, ...reading }: Age,
  { daysBefore, hoursBefore }: Coarse = NOT_COARSE,
): Meta {
  const { from, to } = range
  const asOfMs = Math.min(progress.asOfMs, reading.asOfMs)
  const isReached = Math.min(asOfMs, progress.sureToMs) >= to * MINUTE_MS
  const isImporting = isImportedTo(range, importing)
  return {
    asOf: asOfText(asOfMs),
    complete: !stale && !isImporting && isReached && isVouchedFor(range, vouched),
    reconciled: !isImporting && isCovered(coverage, from, to),
    stale,
    ...(isImporting && { importing: true as const }),
    ...(daysBefore !== null && { utcDaysBefore: minuteText(daysBefore) }),
    ...(hoursBefore !== null && { utcHoursBefore: minuteText(hoursBefore) }),
  }
}

export function isVouchedFor({ from, to }: MinuteRange, vouched: Vouched | null): boolean {
  return vouched === null || (from >= vouched.fromMinute && to * MINUTE_MS <= vouched.toMs)
}

/** `importing`: minutes of imported events that are not counted yet. */
export function isImportedTo({ from, to }: MinuteRange, importing: MinuteRange | null): boolean {
  return importing !== null && importing.from < to && from < importing.to
}
