// Answers as tables, for spreadsheets: one row per value, each with what the answer says about itself.
import { type Cell, csvText } from './csv.ts'
import type { Meta } from './meta.ts'
import type { StatsAnswer } from './stats.ts'
import type { SummaryAnswer } from './summary.ts'
import { FUNCTIONS } from './vocabulary.ts'

const META_COLUMNS = ['asOf', 'complete', 'reconciled', 'stale']

/** One row; with a series one row per period, and its `time` in place of the range. */
export function statsTable(answer: StatsAnswer): string {
  const { videoId, eventType, function: fn, startTime, endTime, value, series, meta } = answer
  const about = ['videoId', 'eventType', 'function']
  if (series === undefined) {
    const header = [...about, 'startTime', 'endTime', 'value', ...META_COLUMNS]
    return csvText(header, [[videoId, eventType, fn, startTime, endTime, value, ...metaCells(meta)]])
  }
  const rows = series.map((point) => [videoId, eventType, fn, point.time, point.value, ...metaCells(meta)])
  return csvText([...about, 'time', 'value', ...META_COLUMNS], rows)
}

/** One row per event type. */
export function summaryTable({ videoId, startTime, endTime, types, meta }: SummaryAnswer): string {
  const header = ['videoId', 'eventType', 'startTime', 'endTime', ...FUNCTIONS, ...META_COLUMNS]
  const rows = Object.entries(types).map(([type, summary]) => [
    ...[videoId, type, startTime, endTime],
    ...FUNCTIONS.map((fn) => summary[fn]),
    ...metaCells(meta),
  ])
  return csvText(header, rows)
}

function metaCells({ asOf, complete, reconciled, stale }: Meta): Cell[] {
  return [asOf, complete, reconciled, stale]
}
