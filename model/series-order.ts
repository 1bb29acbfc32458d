// The order in which databases keep series: by the bytes of UTF-8, tenant before video before type. Pure.
import type { Series } from './bucket.ts'

export function compareSeries(a: Series, b: Series): number {
  return (
    compareTexts(a.tenant, b.tenant) || compareTexts(a.videoId, b.videoId) || compareTexts(a.type, b.type)
  )
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b))
}
