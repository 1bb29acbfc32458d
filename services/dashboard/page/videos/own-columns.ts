// The columns that this reader chose last in this browser, or the usual ones.
import { areUsual, type Metric, metricsOf, USUAL_METRICS } from './columns.ts'

const KEY = 'tally-columns'

export function ownMetrics(): readonly Metric[] {
  return metricsOf(localStorage.getItem(KEY) ?? '') ?? USUAL_METRICS
}

export function keepMetrics(metrics: readonly Metric[]): void {
  if (areUsual(metrics)) localStorage.removeItem(KEY)
  else localStorage.setItem(KEY, metrics.join())
}
