// Which numbers lists of videos show, and which events these are of. Pure.

/** In the order in which they stand. */
export const METRICS = ['views', 'likes', 'dislikes', 'shares', 'time'] as const
export type Metric = (typeof METRICS)[number]

export const USUAL_METRICS: readonly Metric[] = ['views', 'likes', 'shares', 'time']

const TYPES: Readonly<Record<Metric, string>> = {
  ...{ views: 'view', likes: 'like', dislikes: 'dislike', shares: 'share' },
  time: 'view',
}

export function typeOf(metric: Metric): string {
  return TYPES[metric]
}

/** Null where the text names none. */
export function metricsOf(text: string): readonly Metric[] | null {
  const names = text.split(',')
  const metrics = METRICS.filter((metric) => names.includes(metric))
  return metrics.length === 0 ? null : metrics
}

export function areUsual(metrics: readonly Metric[]): boolean {
  return metrics.join() === USUAL_METRICS.join()
}

/** The types of events that must be counted to show these, or to sort by one that is not shown. */
export function typesOf(metrics: readonly Metric[], sorted: string): readonly string[] {
  const wanted = METRICS.filter((metric) => metrics.includes(metric) || metric === sorted)
  return [...new Set(wanted.map((metric) => TYPES[metric]))]
}

/** Whether a column says something of what was counted; texts always do. */
export function isCounted(column: string, types: readonly string[]): boolean {
  const type = TYPES[column as Metric]
  return type === undefined || types.includes(type)
}
