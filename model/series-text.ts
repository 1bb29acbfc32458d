// A series as one text, for keys and messages. Ids hold no control characters, so the separator cannot occur
// in them. Pure.
import type { Series } from './bucket.ts'

export const SEPARATOR = '\t'

export function seriesText({ tenant, videoId, type }: Series): string {
  return [tenant, videoId, type].join(SEPARATOR)
}

/** Null for a text that is not a series. */
export function parseSeriesText(text: string): Series | null {
  const [tenant, videoId, type, ...rest] = text.split(SEPARATOR)
  if (tenant === undefined || videoId === undefined || type === undefined || rest.length > 0) return null
  return { tenant, videoId, type }
}
