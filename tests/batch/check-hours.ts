// Compares rows of all videos together by the hour with the truth: by video, by type, by an attribute, as one row.
import type { Client, Query, QueryRow } from '../../sdk/src/index.ts'
import type { Expected, Sample, Truth } from '../faults/acknowledged-counts.ts'
import { type Attributes, type AttributeTruth, rowInHour } from './attributes.ts'
import { type Findings, wholeDays } from './check.ts'
import { TYPES } from './traffic.ts'

type Row = {
  /** What the rows are grouped by. */
  readonly groupBy?: string
  readonly where?: Attributes
  readonly expected: (sample: Sample, attributes: Attributes) => string
  readonly found: (row: QueryRow) => string | undefined
}

const ROWS: readonly Row[] = [
  { expected: () => '', found: () => '' },
  { groupBy: 'type', expected: ({ type }) => type, found: (row) => row.eventType },
  { groupBy: 'video', expected: ({ videoId }) => videoId, found: (row) => row.videoId },
  {
    ...{ groupBy: 'video', where: { country: 'DE', device: 'tv' } },
    ...{ expected: ({ videoId }) => videoId, found: (row) => row.videoId },
  },
  {
    groupBy: 'country',
    expected: (_, { country = '' }) => country,
    found: (row) => row.attributes?.country,
  },
]

/** Over whole UTC days. Fails with a TallyError. */
export async function checkHours(
  client: Client,
  range: Truth['range'],
  truth: AttributeTruth,
  signal: AbortSignal,
): Promise<Findings> {
  const findings: Findings = { compared: 0, differences: [] }
  const { fromMs: startTime, toMs: endTime } = wholeDays(range)
  for (const type of TYPES)
    for (const { groupBy, where, expected, found } of ROWS) {
      const asked: Query = {
        site: true,
        eventTypes: type,
        functions: ['count', 'sum'],
        granularity: 'PT1H',
        ...{ startTime, endTime },
        ...(groupBy !== undefined && { groupBy }),
        ...(where !== undefined && { where }),
      }
      const { rows } = await client.query(asked, { signal })
      const wanted = truth.hourly({ type, ...(where !== undefined && { where }) }, expected)
      compare(`${type} by ${groupBy}`, foundIn(rows, found), wanted, findings)
    }
  return findings
}

function foundIn(rows: readonly QueryRow[], nameOf: Row['found']): ReadonlyMap<string, Expected> {
  const hours = rows.flatMap((row) =>
    row.series!.map(({ time, values: { count = 0, sum = 0 } }) => {
      const name = rowInHour(nameOf(row) ?? 'without a name', Date.parse(time))
      return [name, { count, thousandths: Math.round(sum * 1_000) }] as const
    }),
  )
  return new Map(hours.filter(([, { count }]) => count > 0))
}

function compare(
  about: string,
  found: ReadonlyMap<string, Expected>,
  wanted: ReadonlyMap<string, Expected>,
  findings: Findings,
): void {
  for (const name of new Set([...wanted.keys(), ...found.keys()])) {
    findings.compared++
    const [has, needs] = [found, wanted].map((sums) => JSON.stringify(sums.get(name) ?? null))
    if (has !== needs) findings.differences.push(`${about}, ${name}: ${has}, not ${needs}`)
  }
}
