// The examples of answers once more, as the tables that CSV and lines of JSON hold.
import { EXAMPLES } from './examples.ts'

type Row = Readonly<Record<string, string | number | boolean | null>>
type Meta = typeof EXAMPLES.Stats.meta

const metaCells = ({ asOf, complete, reconciled, stale }: Meta): Row => ({
  asOf,
  complete,
  reconciled,
  stale,
})

function seriesRows({ series, meta, ...stats }: typeof EXAMPLES.SiteStats, about: Row = {}): readonly Row[] {
  const { eventType, function: fn } = stats
  return series.map((point) => ({ ...about, eventType, function: fn, ...point, ...metaCells(meta) }))
}

function totalRow({ meta, ...stats }: typeof EXAMPLES.ChannelStats): Row {
  return { ...stats, ...metaCells(meta) }
}

function breakdownRows(breakdown: typeof EXAMPLES.SiteBreakdown, about: Row = {}): readonly Row[] {
  const { eventType, function: fn, startTime, endTime, rows, meta } = breakdown
  return rows.map(({ country, value, isOther = false }) => ({
    ...{ ...about, eventType, function: fn, startTime, endTime, country, isOther, value },
    ...metaCells(meta),
  }))
}

function summaryRows({ videoId, startTime, endTime, types, meta }: typeof EXAMPLES.Summary): readonly Row[] {
  return Object.entries(types).map(([eventType, values]) => ({
    ...{ videoId, eventType, startTime, endTime, ...values },
    ...metaCells(meta),
  }))
}

function queryRows({ startTime, endTime, rows, meta }: typeof EXAMPLES.QueryAnswer): readonly Row[] {
  return rows.map(({ videoId, values }) => ({
    ...{ videoId, startTime, endTime, ...values },
    ...metaCells(meta),
  }))
}

const ROWS: Readonly<Record<string, readonly Row[]>> = {
  Stats: seriesRows(EXAMPLES.Stats, { videoId: EXAMPLES.Stats.videoId }),
  ChannelStats: [totalRow(EXAMPLES.ChannelStats)],
  SiteStats: seriesRows(EXAMPLES.SiteStats),
  Summary: summaryRows(EXAMPLES.Summary),
  QueryAnswer: queryRows(EXAMPLES.QueryAnswer),
  Breakdown: breakdownRows(EXAMPLES.Breakdown, { videoId: EXAMPLES.Breakdown.videoId }),
  ChannelBreakdown: breakdownRows(EXAMPLES.ChannelBreakdown, {
    channelId: EXAMPLES.ChannelBreakdown.channelId,
  }),
  SiteBreakdown: breakdownRows(EXAMPLES.SiteBreakdown),
}

export type Table = 'text/csv' | 'application/x-ndjson'

/** What a media type of tables holds where JSON is of this schema. */
export function tableOf(schema: string, mediaType: Table) {
  const rows = ROWS[schema]!
  const lines =
    mediaType === 'text/csv'
      ? [Object.keys(rows[0]!), ...rows.map(Object.values)].map((cells) =>
          cells.map((cell) => cell ?? '').join(','),
        )
      : rows.map((row) => JSON.stringify(row))
  return { schema: { type: 'string' }, example: `${lines.join('\n')}\n` }
}
