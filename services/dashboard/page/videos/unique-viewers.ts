// How many different viewers a range had: an estimate, by whole hours.
import { ApiError, askJson, isRefused, spanQuery } from '../api.ts'
import { momentText, NOTHING, percentText, wholeText } from '../format.ts'
import type { Span } from '../ranges/ranges.ts'
import { DAY_MS } from '../ranges/zones.ts'

type Uniques = {
  readonly startTime: string
  readonly endTime: string
  readonly uniques: number
  /** The relative standard error. */
  readonly error: number
}

/** Why there is no number, or the number. */
export type UniqueViewers = Uniques | keyof typeof WHY

export type CardWords = { readonly value: string; readonly note: string; readonly title: string }

const DAYS_MAX = 92
const WHY = {
  'too long': `${DAYS_MAX} days at most`,
  'too many': 'too many videos for this range',
  filtered: 'not with a filter',
  'no answer': 'no answer now',
} as const

/**
 * `of` is the path of a video or a channel. The other numbers of the page do not depend on it. Fails with the
 * signal's reason.
 */
export async function askUniques(of: string, span: Span, signal: AbortSignal): Promise<UniqueViewers> {
  if (span.startMs === null || span.endMs - span.startMs > DAYS_MAX * DAY_MS) return 'too long'
  const path = `${of}/uniques?${new URLSearchParams(spanQuery(span))}`
  return askJson<Uniques>(path, signal).catch((error) => {
    if (isRefused(error, 'startTime', 'range_too_long')) return 'too many'
    if (error instanceof ApiError) return 'no answer'
    throw error
  })
}

/** `views` are those of the asked span. */
export function viewersWords(found: UniqueViewers, views: number, { startMs, endMs }: Span): CardWords {
  if (typeof found === 'string') return { value: NOTHING, note: WHY[found], title: '' }
  const { uniques, error, startTime, endTime } = found
  if (uniques === 0 && views > 0) {
    return { value: NOTHING, note: 'no viewer ids', title: 'The events of this range name no viewers.' }
  }
  if (uniques === 0) return { value: '0', note: '', title: '' }
  const [from, to] = [Date.parse(startTime), Date.parse(endTime)]
  const isWider = startMs === null || from < startMs || to > endMs
  return {
    value: `≈ ${wholeText(uniques)}`,
    note: isWider ? `±${percentText(error)}, by hour` : `estimate ±${percentText(error)}`, // in one line
    title:
      `Different viewer ids from ${momentText(from)} to ${momentText(to)}, estimated: two times of three the error ` +
      `is within ${percentText(error)}. New ones show within a minute.`,
  }
}
