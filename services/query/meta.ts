// What an answer says about itself.
import { MINUTE_MS } from '../model/bucket.ts'
import type { QueryDeps } from './deps.ts'
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

/** How far counting and recounting have come, in epoch ms. */
export type Progress = { readonly asOfMs: number; readonly reconciledToMs: number }

/** To be asked before the counts are read: what is stored later is more than an answer may claim to hold. */
export function progressOf({ progress, reconciledToMs }: QueryDeps): Progress {
  return { asOfMs: progress().asOfMs, reconciledToMs: reconciledToMs?.() ?? 0 }
}

export function metaOf({ to }: MinuteRange, { asOfMs, reconciledToMs }: Progress, stale: boolean): Meta {
  const endMs = to * MINUTE_MS
  return {
    asOf: instantText(asOfMs),
    complete: !stale && asOfMs >= endMs,
    reconciled: reconciledToMs >= endMs,
    stale,
  }
}
