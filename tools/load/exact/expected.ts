// The answers that a system must give after a run, computed from the metrics of its summary. Pure.

import { Fault } from '../../../lib/fault.ts'
import {
  EVENT_TYPES,
  firstMinute,
  type Key,
  keyNames,
  minuteNames,
  RUN_GAUGE,
  type Run,
  runOf,
  VIDEOS_GAUGE,
} from '../../../load-tests/lib/names.ts'
import { type SummaryData, statOf } from '../../../load-tests/lib/summary.ts'

export type Sum = { readonly events: number; readonly thousandths: number }

export type Expected = {
  readonly run: Run
  readonly videos: number
  readonly byKey: readonly { readonly key: Key; readonly sum: Sum }[]
  /** From `firstMinute` on, up to the last minute with an acknowledged event. */
  readonly byMinute: readonly Sum[]
  readonly firstMinute: number
  readonly acknowledged: number
  /** Of the acknowledged ones: counted by the next recount. */
  readonly late: number
  /** Neither acknowledged nor rejected nor finally refused: the run ended before an answer came. */
  readonly open: number
}

const MINUTE_METRIC = /^acknowledged_minute_(\d+)$/

/** Fails with a Fault where the summary is of another script. */
export function expectedOf(data: SummaryData): Expected {
  const number = data.metrics[RUN_GAUGE]?.values.value
  if (number === undefined) throw new Fault('The summary names no run: it is not of a script of load-tests/.')
  const run = runOf(number)
  const videos = statOf(data, VIDEOS_GAUGE, 'value')
  const minutes = Object.keys(data.metrics).map((name) => Number(MINUTE_METRIC.exec(name)?.[1] ?? 0))
  const acknowledged = statOf(data, 'events_acknowledged')
  const resolved = acknowledged + statOf(data, 'events_rejected') + statOf(data, 'events_refused')
  return {
    run,
    videos,
    byKey: keysOf(videos).map((key) => ({ key, sum: sumOf(data, keyNames(key)) })),
    byMinute: Array.from({ length: Math.max(...minutes) + 1 }, (_, i) => sumOf(data, minuteNames(i))),
    firstMinute: firstMinute(run),
    acknowledged,
    late: statOf(data, 'events_late'),
    open: statOf(data, 'events_offered') - resolved,
  }
}

function keysOf(videos: number): Key[] {
  return Array.from({ length: videos }, (_, video) => EVENT_TYPES.map((type) => ({ video, type }))).flat()
}

function sumOf(data: SummaryData, names: { readonly events: string; readonly thousandths: string }): Sum {
  return { events: statOf(data, names.events), thousandths: statOf(data, names.thousandths) }
}
