// The measurements as a table: medians of the rounds, and the worst verdict.
import { median } from '../race.ts'
import type { Row } from '../report.ts'
import { BASELINE } from './contenders.ts'
import type { Measured } from './measure.ts'
import type { Verdict } from './reference-counts.ts'

const MILLION = 1e6

export function tableOf(measured: readonly Measured[]): Row[] {
  const byName = Map.groupBy(measured, ({ name }) => name)
  const baseline = byName.get(BASELINE)
  return Array.from(byName.values(), (rounds) => rowOf(rounds, baseline))
}

function rowOf(rounds: readonly Measured[], baseline: readonly Measured[] | undefined): Row {
  const of = (value: (run: Measured) => number) => median(rounds.map(value))
  const ratio = (value: (run: Measured) => number, better: (own: number, other: number) => number) =>
    baseline === undefined ? '' : `${better(of(value), median(baseline.map(value))).toFixed(1)}×`
  return {
    contender: rounds[0]!.name,
    'events/s': Math.round(of(eventsPerSecond)),
    'wall s': of(({ wallSeconds }) => wallSeconds).toFixed(1),
    'CPU-s per million': of(ownCpu).toFixed(2),
    broker: of((run) => perMillion(run, run.brokerCpuSeconds)).toFixed(2),
    store: of((run) => perMillion(run, run.storeCpuSeconds)).toFixed(2),
    'peak RSS MiB': Math.round(of(({ peakRssMib }) => peakRssMib)),
    'exact buckets': worst(rounds),
    'events/s to Streams': ratio(eventsPerSecond, (own, other) => own / other),
    'events per CPU-s to Streams': ratio(ownCpu, (own, other) => other / own),
    'all servers included': ratio(allCpu, (own, other) => other / own),
  }
}

/** From the first event on: how long groups take to form says nothing about counting. */
function eventsPerSecond({ events, wallSeconds, joinSeconds }: Measured): number {
  return events / (wallSeconds - joinSeconds)
}

function ownCpu(run: Measured): number {
  return perMillion(run, run.cpuSeconds)
}

function allCpu(run: Measured): number {
  return perMillion(run, run.cpuSeconds + run.brokerCpuSeconds + run.storeCpuSeconds)
}

function perMillion({ events }: Measured, seconds: number): number {
  return (seconds / events) * MILLION
}

function worst(rounds: readonly Measured[]): string {
  const verdicts = rounds.map(({ verdict }) => verdict).filter((verdict) => verdict !== null)
  const [least] = verdicts.sort((a, b) => a.exact - b.exact)
  return least === undefined ? 'does not count' : shown(least)
}

function shown({ exact, buckets, withCopies }: Verdict): string {
  return exact === buckets ? `all ${buckets}` : `${exact} of ${buckets} (with copies ${withCopies})`
}
