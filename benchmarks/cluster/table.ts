// The measurements as tables: medians of the rounds, and the worst verdict.
import { median } from '../race.ts'
import type { Row } from '../report.ts'
import { NAMES } from './contenders.ts'
import { allOf, type Measured } from './measure.ts'
import type { Verdict } from './reference-counts.ts'

/** What the rounds of one contender say. CPU-seconds are those per million events. */
export type Standing = {
  readonly name: string
  /** From the first event on: how long groups take to form says nothing about counting. */
  readonly eventsPerSecond: number
  readonly counter: number
  readonly counterWithStart: number
  readonly broker: number
  readonly store: number
  readonly all: number
  readonly allWithStart: number
}

const MILLION = 1e6

export function standingsOf(measured: readonly Measured[]): Standing[] {
  return Array.from(
    Map.groupBy(measured, ({ name }) => name),
    ([name, rounds]) => {
      const of = (value: (run: Measured) => number) => median(rounds.map(value))
      const perMillion = (seconds: (run: Measured) => number) =>
        of((run) => (seconds(run) / run.events) * MILLION)
      return {
        name,
        eventsPerSecond: of(({ events, wallSeconds, joinSeconds }) => events / (wallSeconds - joinSeconds)),
        counter: perMillion(({ cpu }) => cpu.counter),
        counterWithStart: perMillion(({ cpu, startCpu }) => cpu.counter + startCpu.counter),
        broker: perMillion(({ cpu }) => cpu.broker),
        store: perMillion(({ cpu }) => cpu.store),
        all: perMillion(({ cpu }) => allOf(cpu)),
        allWithStart: perMillion(({ cpu, startCpu }) => allOf(cpu) + allOf(startCpu)),
      }
    },
  )
}

export function tableOf(measured: readonly Measured[]): Row[] {
  return standingsOf(measured).map((standing) => {
    const rounds = measured.filter(({ name }) => name === standing.name)
    return {
      contender: standing.name,
      'commits every': rounds[0]!.commits,
      'events/s': Math.round(standing.eventsPerSecond),
      'CPU-s per million': standing.counter.toFixed(2),
      'with its start': standing.counterWithStart.toFixed(2),
      broker: standing.broker.toFixed(2),
      store: standing.store.toFixed(2),
      'all servers': standing.all.toFixed(2),
      'all, with its start': standing.allWithStart.toFixed(2),
      'wall s': median(rounds.map(({ wallSeconds }) => wallSeconds)).toFixed(1),
      'peak RSS MiB': Math.round(median(rounds.map(({ peakRssMib }) => peakRssMib))),
      'exact buckets': worst(rounds),
    }
  })
}

/** Ours beside each of the others; no rows where ours did not run. */
export function ratiosOf(standings: readonly Standing[]): Row[] {
  const ours = standings.find(({ name }) => name === NAMES.ours)
  if (ours === undefined) return []
  return standings
    .filter((other) => other !== ours)
    .map((other) => ({
      'tally beside': other.name,
      'events/s': times(ours.eventsPerSecond / other.eventsPerSecond),
      'events per CPU-s': times(other.counter / ours.counter),
      'with the start': times(other.counterWithStart / ours.counterWithStart),
      'all servers': times(other.all / ours.all),
      'all, with the start': times(other.allWithStart / ours.allWithStart),
    }))
}

export function times(ratio: number): string {
  return `${ratio.toFixed(2)}×`
}

function worst(rounds: readonly Measured[]): string {
  const verdicts = rounds.map(({ verdict }) => verdict).filter((verdict) => verdict !== null)
  const [least] = verdicts.sort((a, b) => a.exact - b.exact)
  return least === undefined ? 'does not count' : shown(least)
}

function shown({ exact, buckets, withCopies }: Verdict): string {
  return exact === buckets ? `all ${buckets}` : `${exact} of ${buckets} (with copies ${withCopies})`
}
