// What one event, one row or one id costs, by the figures that benchmarks wrote. Nothing of it is typed in here. Pure.
import { Fault } from '../../lib/fault.ts'
import type { Figure, Range, Results } from './results.ts'

/** A range at some points, the lowest first. */
export type Curve = readonly (Range & { readonly at: number })[]

/** Each figure that the plan needs: its unit, and the benchmark that writes it. */
const NEEDED = {
  'door.1': ['CPU µs an event', 'ingest'],
  'door.100': ['CPU µs an event', 'ingest'],
  'one-process.1': ['CPU µs an event', 'ingest'],
  'one-process.100': ['CPU µs an event', 'ingest'],
  'one-process.rate': ['events/s', 'ingest'],
  processor: ['CPU µs an event', 'cluster'],
  'processor.rows': ['rows an event', 'cluster'],
  'client.single': ['CPU µs a row', 'tail-forms'],
  'client.day': ['CPU µs a row', 'tail-forms'],
  'client.shared': ['CPU µs a row', 'tail-forms'],
  'cassandra.single': ['CPU µs a row', 'tail-forms'],
  'cassandra.day': ['CPU µs a row', 'tail-forms'],
  'cassandra.shared': ['CPU µs a row', 'tail-forms'],
  'cassandra.single.rate': ['rows/s a node', 'upserts'],
  'cassandra.batched.rate': ['rows/s a node', 'upserts'],
  'kafka.append.rate': ['bytes/s a broker', 'kafka-clients'],
  'kafka.read.rate': ['bytes/s a broker', 'kafka-clients'],
  'redis.rate': ['commands/s', 'upserts'],
  archive: ['CPU µs an event', 'batch'],
  'archive.bytes': ['bytes an event', 'batch'],
  recount: ['CPU µs an event', 'batch'],
  'id.bytes': ['bytes an id', 'dedup'],
  'event.json.bytes': ['bytes an event', 'sizes'],
  'event.record.bytes': ['bytes an event', 'sizes'],
  'row.statement.bytes': ['bytes a row', 'sizes'],
  'embedded.log.bytes': ['bytes an event', 'embedded-sizes'],
  'embedded.row.bytes': ['bytes a row', 'embedded-sizes'],
} as const satisfies Readonly<Record<string, readonly [unit: string, benchmark: string]>>

type FigureName = keyof typeof NEEDED
/** By its place, how many rows a statement holds: the one whose cost depends on that. */
const CURVE = 'cassandra.shared'

export type UnitCosts = {
  readonly of: (name: FigureName) => Range
  readonly curve: Curve
  /** Cores of the machine that a broker or a node had, which it shared with its clients. */
  readonly serverCores: { readonly kafka: number; readonly cassandra: number }
  /** Where the figures come from, a line each. */
  readonly sources: readonly string[]
}

/** Throws a Fault that names every figure that is missing, has another unit, or stands in two files. */
export function unitCosts(results: readonly Results[]): UnitCosts {
  const all = results.flatMap((from) => from.figures.map((figure) => ({ figure, from })))
  const faults: string[] = []
  const found = new Map<string, Figure[]>()
  const sourceOf = new Map<FigureName, Results>()
  for (const [name, [unit, benchmark]] of Object.entries(NEEDED)) {
    const some = all.filter(({ figure }) => figure.name === name)
    const files = new Set(some.map(({ from }) => from.benchmark))
    const odd = some.find(({ figure }) => figure.unit !== unit)
    const isCurve = name === CURVE
    if (some.length === 0) {
      faults.push(
        `there is no figure ${name} (${unit}), which the results of the benchmark ${benchmark} have`,
      )
    } else if (odd !== undefined) {
      faults.push(
        `the figure ${name} of ${odd.from.benchmark} is in ${odd.figure.unit}, and must be in ${unit}`,
      )
    } else if (files.size > 1) {
      faults.push(`the figure ${name} stands in the results of ${Array.from(files).join(' and ')}`)
    } else if (!isCurve && some.length > 1) {
      faults.push(`the figure ${name} stands twice in the results of ${some[0]!.from.benchmark}`)
    } else if (isCurve && new Set(some.map(({ figure }) => figure.at)).size < 2) {
      faults.push(`the figure ${name} must have two points at least, each with "at"`)
    }
    found.set(
      name,
      some.map(({ figure }) => figure),
    )
    if (some.length > 0) sourceOf.set(name as FigureName, some[0]!.from)
  }
  if (faults.length > 0) throw new Fault(faults.join('\n'))
  const cores = (name: FigureName) => sourceOf.get(name)!.machine.cores
  return {
    of: (name) => found.get(name)![0]!,
    curve: curveOf(found.get(CURVE)!),
    serverCores: { kafka: cores('kafka.append.rate'), cassandra: cores('cassandra.single.rate') },
    sources: Array.from(new Set(sourceOf.values()), originOf),
  }
}

/** Points at the same place become one. */
function curveOf(figures: readonly Figure[]): Curve {
  const points = Map.groupBy(figures, ({ at }) => at!)
  const ranges = Array.from(points, ([at, some]) => ({
    at,
    low: Math.min(...some.map(({ low }) => low)),
    high: Math.max(...some.map(({ high }) => high)),
  }))
  return ranges.sort((a, b) => a.at - b.at)
}

function originOf({ benchmark, source, at, machine, commit }: Results): string {
  const load =
    machine.load === null ? 'load not noted' : `load ${machine.load.before} to ${machine.load.after}`
  const where = `${machine.cores} cores (${machine.model}), ${load}, Node ${machine.node}`
  return `${benchmark}: ${source}; ${at.slice(0, 10)}, ${where}, ${commit?.slice(0, 9) ?? 'commit not noted'}`
}

/**
 * The curve at this place: a cost a row and one a statement, so linear in 1/at. Below its first point it goes on as
 * between the first two; beyond its last one it stays.
 */
export function onCurve(curve: Curve, at: number): Range {
  const last = curve.at(-1)!
  if (at >= last.at) return last
  const above = Math.max(
    1,
    curve.findIndex((point) => point.at >= at),
  )
  const [from, to] = [curve[above - 1]!, curve[above]!]
  const share = (1 / from.at - 1 / at) / (1 / from.at - 1 / to.at)
  const between = (first: number, second: number) => first + (second - first) * share
  return { low: between(from.low, to.low), high: between(from.high, to.high) }
}
