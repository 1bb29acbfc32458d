// The counts of a range as lines of CSV (RFC 4180), as queries would answer them: rollups where those are the truth,
// minutes elsewhere. Periods without counts are left out.

import { quoted } from '../../../lib/csv.ts'
import { minuteText } from '../../../lib/time-text.ts'
import type { Series, VideoName } from '../../../model/bucket.ts'
import { guarded } from '../../../model/formula-guard.ts'
import { isProbe } from '../../../model/probe.ts'
import type { Aggregate } from '../../../model/total.ts'
import {
  type CountReader,
  PERIOD_MINUTES,
  type Resolution,
  type VideoScan,
} from '../../../stores/counts/counts.ts'
import { withoutSites } from '../recount/site-totals.ts'

export type CountsToExport = {
  /** Counts joined with rollups. */
  readonly reader: CountReader
  /** Each video is listed by at least one of them. */
  readonly counted: VideoScan & Pick<CountReader, 'types'>
  readonly rolledUp: VideoScan
}

/** The types of the columns, in order, in DuckDB's names. */
export const COUNT_COLUMNS = {
  tenant: 'VARCHAR',
  video_id: 'VARCHAR',
  type: 'VARCHAR',
  start: 'TIMESTAMPTZ',
  count: 'BIGINT',
  values: 'BIGINT',
  sum: 'DECIMAL(38,3)',
  min: 'DECIMAL(18,3)',
  max: 'DECIMAL(18,3)',
} as const

/** Periods of one series that are held in memory at once. */
const PERIODS_READ_MAX = 10_000

/**
 * The header, then the lines of one series at a time. Fails with the errors of the counts, and if they could be
 * stale.
 */
export async function* countLines(
  { reader, counted, rolledUp }: CountsToExport,
  resolution: Resolution,
  from: number,
  to: number,
  formulaGuard: boolean,
): AsyncGenerator<readonly string[]> {
  const textOf = formulaGuard ? guarded : (text: string) => text
  yield [`${Object.keys(COUNT_COLUMNS).join(',')}\r\n`]
  for await (const video of videosOf(counted, rolledUp)) {
    for (const type of await reader.types(video.tenant, video.videoId)) {
      if (isProbe({ ...video, type })) continue
      const reach = PERIODS_READ_MAX * PERIOD_MINUTES[resolution]
      for (let start = from; start < to; start += reach) {
        const range = { resolution, from: start, to: Math.min(start + reach, to) }
        const { periods, stale } = await reader.read({ ...video, type }, range)
        if (stale) throw new Error('the counts could not be read in full')
        const there = periods.filter(({ aggregate }) => aggregate.count !== 0)
        if (there.length > 0)
          yield there.map(({ start, aggregate }) => lineOf({ ...video, type }, start, aggregate, textOf))
      }
    }
  }
}

/** Each video once: first those with rows of minutes, then those with only rollups left. */
async function* videosOf(counted: CountsToExport['counted'], rolledUp: VideoScan): AsyncGenerator<VideoName> {
  for await (const videos of counted.videos()) yield* videos
  for await (const videos of rolledUp.videos()) {
    for (const video of withoutSites(videos)) {
      if ((await counted.types(video.tenant, video.videoId)).length === 0) yield video
    }
  }
}

function lineOf(
  { tenant, videoId, type }: Series,
  start: number,
  aggregate: Aggregate,
  textOf: (text: string) => string,
): string {
  const { count, values, sum } = aggregate
  const [min, max] = values === 0 ? [null, null] : [aggregate.min, aggregate.max]
  const names = [tenant, videoId, type].map(textOf)
  const cells = [...names, minuteText(start), String(count), String(values), decimalText(sum)]
  return `${[...cells, boundText(min), boundText(max)].map(quoted).join(',')}\r\n`
}

function boundText(thousandths: number | null): string {
  return thousandths === null ? '' : decimalText(BigInt(thousandths))
}

/** With all three decimal places: -5 is -0.005. */
function decimalText(thousandths: bigint): string {
  const digits = String(thousandths < 0n ? -thousandths : thousandths).padStart(4, '0')
  return `${thousandths < 0n ? '-' : ''}${digits.slice(0, -3)}.${digits.slice(-3)}`
}
