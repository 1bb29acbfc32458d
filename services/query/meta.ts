// What an answer says about itself.
import { MINUTE_MS } from '../model/bucket.ts'
import { type Coverage, isCovered } from '../model/coverage.ts'
import type { QueryDeps } from './deps.ts'
import type { SlotSums } from './read-slots.ts'
import { instantText } from './time-text.ts'
import type { MinuteRange } from './vocabulary.ts'

export type Meta = {
  /** Everything that the log had taken by then is in the answer. */
  readonly asOf: string
  /** Nothing accepted before the end of the range can be missing. */
  readonly complete: boolean
  /** The batch layer has recounted the whole range. */
  readonly reconciled: boolean
  /** The store could not be asked in full: durable writes may be missing after all. */
  readonly stale: boolean
}

/** How far counting, in epoch ms, and recounting have come. */
export type Progress = { readonly asOfMs: number; readonly coverage: Coverage | null }

/** How old what was read may be. */
type Age = Pick<SlotSums, 'stale' | 'asOfMs'>

/** To be asked before the counts are read: what is stored later is more than an answer may claim to hold. */
export function progressOf({ progress, coverage }: QueryDeps): Progress {
  return { asOfMs: progress().asOfMs, coverage: coverage() }
}

/** `reading`: what was found, or the least of it. */
export function metaOf(
  { from, to }: MinuteRange,
  { coverage, ...progress }: Progress,
  { stale, ...reading }: Age,
): Meta {
  const asOfMs = Math.min(progress.asOfMs, reading.asOfMs)
  return {
    asOf: instantText(asOfMs),
    complete: !stale && asOfMs >= to * MINUTE_MS,
    reconciled: isCovered(coverage, from, to),
    stale,
  }
}

/** As stale and as old as any of several readings. */
export function oldestOf(readings: readonly Age[]): Age {
  return {
    stale: readings.some(({ stale }) => stale),
    asOfMs: readings.reduce((least, { asOfMs }) => Math.min(least, asOfMs), Number.POSITIVE_INFINITY),
  }
}
