// What we want to reach beside the best of the others, and whether a run did.
import type { Row } from '../report.ts'
import { NAMES } from './contenders.ts'
import { type Standing, times } from './table.ts'

type Aim = {
  readonly what: string
  readonly beside: string
  readonly least: number
  readonly ratio: (ours: Standing, other: Standing) => number
}

const perCpu = (ours: Standing, other: Standing) => other.counter / ours.counter

const AIMS: readonly Aim[] = [
  { what: 'events per CPU-s of the counter', beside: NAMES.flinkToTopic, least: 1.5, ratio: perCpu },
  { what: 'events per CPU-s of the counter', beside: NAMES.streamsOnJson, least: 10, ratio: perCpu },
  {
    what: 'events per CPU-s of the counter and all servers',
    beside: NAMES.flinkToRows,
    least: 2,
    ratio: (ours, other) => other.all / ours.all,
  },
  {
    what: 'events/s',
    beside: NAMES.flinkToRows,
    least: 1,
    ratio: (ours, other) => ours.eventsPerSecond / other.eventsPerSecond,
  },
]

/** A row for each aim whose contenders ran. */
export function aimsOf(standings: readonly Standing[]): Row[] {
  const named = new Map(standings.map((standing) => [standing.name, standing]))
  const ours = named.get(NAMES.ours)
  return AIMS.flatMap(({ what, beside, least, ratio }) => {
    const other = named.get(beside)
    if (ours === undefined || other === undefined) return []
    const reached = ratio(ours, other)
    return [
      {
        aim: what,
        beside,
        wanted: `${least}×`,
        reached: times(reached),
        met: reached >= least ? 'yes' : 'no',
      },
    ]
  })
}
