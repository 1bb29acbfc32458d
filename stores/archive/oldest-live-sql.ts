// Up to when a raw event came in time, in the SQL that DuckDB and Spark share. Pure.
import type { Horizons } from '../../model/horizons.ts'

/** What `oldestLiveMs` gives for the log time of a row. */
export function oldestLiveSql({ horizonMs, earlierHorizons = [] }: Horizons): string {
  const oldest = `log_time_ms - ${horizonMs}`
  if (earlierHorizons.length === 0) return oldest
  const earlier = earlierHorizons.map((one) => `least(log_time_ms, ${one.untilMs}) - ${one.horizonMs}`)
  return `greatest(${[oldest, ...earlier].join(', ')})`
}
