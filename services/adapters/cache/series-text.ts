// A series as one text: ids hold no control characters, so the separators cannot occur in them.
import type { Series } from '../../model/bucket.ts'

const SEPARATOR = '\0'

export function seriesText({ tenant, videoId, type }: Series): string {
  return [tenant, videoId, type].join(SEPARATOR)
}

/** Null for a text that is no series. */
export function parseSeriesText(text: string): Series | null {
  const [tenant, videoId, type, ...rest] = text.split(SEPARATOR)
  if (tenant === undefined || videoId === undefined || type === undefined || rest.length > 0) return null
  return { tenant, videoId, type }
}
