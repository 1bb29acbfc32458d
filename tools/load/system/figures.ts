// The figures and charts of the system during a run, in addition to what the script measured. Pure.
import type { Chart, Line, Seen } from '../../../load-tests/lib/summary.ts'
import { whole } from '../exact/compare.ts'
import type { Look } from './look.ts'
import { type Course, growth } from './monitor.ts'
import { rssSlope } from './slope.ts'

type Figures = Seen['figures']
type Place = Line['points'][number]

const MILLION = 1e6
const POINTS_MAX = 400
/** A process counts as away if a gap is this many times the mean time between its answers. */
const GAP_OF_MEAN = 2

export function figuresOf(courses: readonly Course[], acknowledged: number, senderCpuS: number): Figures {
  const answering = courses.filter(({ looks }) => looks.length > 1)
  const perMillion = (cpuS: number) => (cpuS / Math.max(1, acknowledged)) * MILLION
  const cpu = answering.map(({ name, looks }) => ({ name, cpuS: growth(looks, ({ cpuS }) => cpuS) }))
  const all = answering.flatMap(({ looks }) => looks)
  return [
    {
      name: 'CPU of the system',
      text: `${perMillion(sum(cpu.map(({ cpuS }) => cpuS))).toFixed(2)} s per million events`,
    },
    ...(cpu.length > 1
      ? cpu.map(({ name, cpuS }) => ({
          name: `CPU of ${name}`,
          text: `${perMillion(cpuS).toFixed(2)} s per million`,
        }))
      : []),
    { name: 'CPU of the sender', text: `${perMillion(senderCpuS).toFixed(2)} s per million events` },
    ...answering.map(({ name, looks }) => ({
      name: `memory of ${name}`,
      text: `${whole(peak(looks, ({ rssMib }) => rssMib))} MiB at the most, ${rssSlope(looks)}`,
    })),
    {
      name: 'event loop late by',
      text: `${peak(all, (one) => one.loopDelayMs).toFixed(0)} ms at the most (p99 of ${LOOK_SPAN})`,
    },
    { name: 'records behind', text: `${whole(peak(all, ({ lagRecords }) => lagRecords))} at the most` },
    { name: 'age of complete counts', text: freshness(all) },
  ]
}

const LOOK_SPAN = 'each 2 s'

export function chartsOf(courses: readonly Course[], startedMs: number): Chart[] {
  const chart = (title: string, unit: string, value: (look: Look) => number | null): Chart => ({
    title,
    unit,
    lines: courses
      .map(({ name, looks }) => lineOf(name, looks, startedMs, value))
      .filter(({ points }) => points.some(([, value]) => value !== null)),
  })
  return [
    { title: 'CPU', unit: 'cores', lines: courses.map(({ name, looks }) => cpuLine(name, looks, startedMs)) },
    chart('Resident memory', 'MiB', ({ rssMib }) => rssMib),
    chart('Event loop late by (p99)', 'ms', ({ loopDelayMs }) => loopDelayMs),
    chart('Records in the log that are not counted yet', 'records', ({ lagRecords }) => lagRecords),
    chart('Age of the newest moment up to which all is counted', 's', ({ freshnessS }) => freshnessS),
    chart('Rows waiting to be stored', 'rows', ({ queueRows }) => queueRows),
  ].filter(({ lines }) => lines.length > 0)
}

function lineOf(
  name: string,
  looks: readonly Look[],
  startedMs: number,
  value: (look: Look) => number | null,
): Line {
  const some = thinned(looks)
  return { name, points: withGaps(some.map((one) => [one.atMs - startedMs, value(one)])) }
}

function cpuLine(name: string, looks: readonly Look[], startedMs: number): Line {
  const some = thinned(looks)
  const points = some.slice(1).map((one, i): Place => {
    const before = some[i]!
    const seconds = (one.atMs - before.atMs) / 1_000
    return [one.atMs - startedMs, growth([before, one], ({ cpuS }) => cpuS) / seconds]
  })
  return { name, points: withGaps(points) }
}

/** No line is drawn across a time in which a process did not answer. */
function withGaps(points: readonly Place[]): Place[] {
  const spanMs = points.length < 2 ? 0 : points.at(-1)![0] - points[0]![0]
  const gapMs = (GAP_OF_MEAN * spanMs) / Math.max(1, points.length - 1)
  return points.flatMap((point, i): Place[] => {
    const before = points[i - 1]
    return before !== undefined && point[0] - before[0] > gapMs ? [[before[0] + 1, null], point] : [point]
  })
}

/** Reduces the points to as many as can be seen. */
function thinned(looks: readonly Look[]): readonly Look[] {
  const step = Math.ceil(looks.length / POINTS_MAX)
  return step <= 1 ? looks : looks.filter((_, i) => i % step === 0)
}

function freshness(looks: readonly Look[]): string {
  const ages = looks.flatMap(({ freshnessS }) => (freshnessS === null ? [] : [freshnessS]))
  if (ages.length === 0) return 'unknown'
  ages.sort((a, b) => a - b)
  const at = (share: number) => ages[Math.ceil(share * (ages.length - 1))]!.toFixed(2)
  return `p50 ${at(0.5)} s, p99 ${at(0.99)} s, ${at(1)} s at the most`
}

function peak(looks: readonly Look[], value: (look: Look) => number | null): number {
  return looks.reduce((most, one) => Math.max(most, value(one) ?? 0), 0)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0)
}
