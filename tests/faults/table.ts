// The results of a run as a table for documents. Pure.
import type { Fault } from './schedule.ts'

export type Row = {
  readonly fault: Fault
  /** From the fault until everything was restored. */
  readonly lastedMs: number
  /** Acknowledged until counts were fresh again. */
  readonly events: number
  /** Tries of requests that were not taken. */
  readonly refused: number
  readonly doorGapMs: number
  readonly queryGapMs: number
  /** From the fault until counts stayed fresh; 0 if they always were. */
  readonly recoveryMs: number
}

const HEAD = [
  '| fault | hit | lasted | acknowledged | refused | longest gap at the door | longest gap of queries ' +
    '| fresh again after |',
  '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |',
]

export function tableOf(rows: readonly Row[]): string {
  return [...HEAD, ...rows.map(lineOf)].join('\n')
}

function lineOf({ fault, lastedMs, events, refused, doorGapMs, queryGapMs, recoveryMs }: Row): string {
  const hit = [...new Set(fault.targets)].join(', ')
  const times = [doorGapMs, queryGapMs, recoveryMs].map(seconds)
  return `| ${[fault.kind, hit, seconds(lastedMs), events.toLocaleString('en'), refused, ...times].join(' | ')} |`
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
