// Answers as tables, for spreadsheets and data tools: one row per value or period, each with the answer's `meta`.
import { exactNumber } from '../../../lib/exact-number.ts'
import type { Cell, Table } from '../../../lib/table.ts'
import type { QueryAnswer } from '../query.ts'
import { isRanked, type QueryQuestion } from '../question/query-question.ts'
import { SUMMARY_FUNCTIONS } from '../question/vocabulary.ts'
import type { StatsAnswer, TotalAnswer } from '../stats.ts'
import type { SummaryAnswer } from '../summary.ts'
import type { Meta } from './meta.ts'
import type { QueryRow } from './query-rows.ts'

type Period = Pick<QueryRow, 'values' | 'series'> & { readonly startTime: string; readonly endTime: string }

const META_COLUMNS = ['asOf', 'complete', 'reconciled', 'stale'] as const
/** Only if they apply. */
const COARSE_COLUMNS = ['utcDaysBefore', 'utcHoursBefore'] as const

/** One row; with a series, one row per period, with its `time` instead of the range. */
export function statsTable(answer: StatsAnswer): Table {
  return totalTable({ videoId: answer.videoId }, answer)
}

/** The same of several videos together: `about` says which. */
export function totalTable(
  about: Readonly<Record<string, string>>,
  { eventType, function: fn, startTime, endTime, value, series, meta }: TotalAnswer,
): Table {
  const names = [...Object.keys(about), 'eventType', 'function']
  const cells = [...Object.values(about), eventType, fn]
  if (series === undefined) {
    const columns = [...names, 'startTime', 'endTime', 'value', ...metaColumns(meta)]
    return { columns, rows: [[...cells, startTime, endTime, value, ...metaCells(meta)]] }
  }
  const rows = series.map((point) => [...cells, point.time, point.value, ...metaCells(meta)])
  return { columns: [...names, 'time', 'value', ...metaColumns(meta)], rows }
}

/** One row per event type. */
export function summaryTable({ videoId, startTime, endTime, types, meta }: SummaryAnswer): Table {
  const columns = ['videoId', 'eventType', 'startTime', 'endTime', ...SUMMARY_FUNCTIONS, ...metaColumns(meta)]
  const rows = Object.entries(types).map(([type, summary]) => [
    ...[videoId, type, startTime, endTime],
    ...SUMMARY_FUNCTIONS.map((fn) => summary[fn]),
    ...metaCells(meta),
  ])
  return { columns, rows }
}

/**
 * One row per row of the answer, or per period of its series. With a comparison, `period` says `current` or
 * `previous`; of ranked rows `isOther` says which is that of the rest.
 */
export function queryTable(
  { startTime, endTime, rows, meta }: QueryAnswer,
  { about, by, groupBy, functions, granularity, isCompared }: TabledQuestion,
): Table {
  const keys = KEY_COLUMNS.filter(({ dimension }) => groupBy.includes(dimension)).map(({ column }) => column)
  const attributes = by === null ? [] : [by]
  const marks = isRanked({ about, by, groupBy }) ? otherColumns(rows) : []
  const names = [...keys, ...attributes, ...marks]
  const times = granularity === null ? ['startTime', 'endTime'] : ['time']

  function* periodRows(row: QueryRow, name: string, { startTime, endTime, values, series }: Period) {
    for (const point of series ?? [{ time: startTime, values }]) {
      const cells: Cell[] = [
        ...keys.map((key) => row[key] ?? null),
        ...attributes.map((attribute) => row.attributes![attribute]!),
        ...otherCells(row, marks),
        ...(isCompared ? [name] : []),
        ...(series === undefined ? [startTime, endTime] : [point.time]),
        ...functions.map((fn) => point.values[fn]!),
        ...metaCells(meta),
      ]
      yield cells
    }
  }
  function* allRows() {
    for (const row of rows) {
      yield* periodRows(row, 'current', { ...row, startTime, endTime })
      if (row.previous !== undefined) yield* periodRows(row, 'previous', row.previous)
    }
  }
  return {
    columns: [...names, ...(isCompared ? ['period'] : []), ...times, ...functions, ...metaColumns(meta)],
    rows: allRows(),
  }
}

type TabledQuestion = Pick<
  QueryQuestion,
  'about' | 'by' | 'groupBy' | 'functions' | 'granularity' | 'isCompared'
>

const KEY_COLUMNS = [
  { dimension: 'video', column: 'videoId' },
  { dimension: 'type', column: 'eventType' },
  { dimension: 'channel', column: 'channelId' },
] as const

type OtherRow = { readonly isOther?: boolean; readonly hidingHours?: number }

/** What is said of the row of the rest; how many hours it hides only where it hides some. */
export function otherColumns(rows: readonly OtherRow[]): readonly string[] {
  return ['isOther', ...(rows.some(({ hidingHours }) => hidingHours !== undefined) ? ['hidingHours'] : [])]
}

export function otherCells(
  { isOther = false, hidingHours = 0 }: OtherRow,
  columns: readonly string[],
): Cell[] {
  // Where there is no column there is no cell.
  return [isOther, exactNumber(String(hidingHours))].slice(0, columns.length)
}

export function metaColumns(meta: Meta): readonly (keyof Meta)[] {
  return [...META_COLUMNS, ...COARSE_COLUMNS.filter((name) => meta[name] !== undefined)]
}

export function metaCells(meta: Meta): Cell[] {
  return metaColumns(meta).map((name) => meta[name]!)
}
