// The metrics of a run, each with the submetrics by tag that have thresholds.
import { Fault } from '../../../../lib/fault.ts'
import { type Delta, type MetricType, type Sink, sinkOf } from './sinks.ts'

export type Tags = Readonly<Record<string, string>>
export type MetricKind = { readonly type: MetricType; readonly isTime: boolean }
export type Deltas = readonly (readonly [metric: string, kind: MetricKind, delta: Delta])[]

type Submetric = { readonly name: string; readonly tags: Tags; readonly sink: Sink }
type Entry = { readonly kind: MetricKind; readonly sink: Sink; readonly submetrics: Submetric[] }

const NAME = /^[a-zA-Z_][a-zA-Z0-9_]{0,127}$/
const WITH_TAGS = /^([^{]+)\{(.*)\}$/

export class Registry {
  readonly #entries = new Map<string, Entry>()
  /** By metric: the submetrics that it has or will have. */
  readonly #wanted = new Map<string, { name: string; tags: Tags }[]>()

  /** @param names names of metrics in thresholds, with or without tags */
  want(names: readonly string[]): void {
    for (const name of new Set(names)) {
      const { metric, tags } = parseMetricName(name)
      if (tags === null) continue
      this.#wanted.set(metric, [...(this.#wanted.get(metric) ?? []), { name, tags }])
      const entry = this.#entries.get(metric)
      entry?.submetrics.push({ name, tags, sink: sinkOf(entry.kind.type) })
    }
  }

  /** The same metric may be declared again, as k6 allows. Fails with a Fault where its kind differs. */
  declare(name: string, kind: MetricKind): void {
    const known = this.#entries.get(name)
    if (known?.kind.type === kind.type) return
    if (known !== undefined) throw new Fault(`The metric ${name} is a ${known.kind.type} already.`)
    if (!NAME.test(name)) throw new Fault(`"${name}" is no name of a metric: letters, digits and _ only.`)
    const submetrics = this.#wanted.get(name)?.map((wanted) => ({ ...wanted, sink: sinkOf(kind.type) })) ?? []
    this.#entries.set(name, { kind, sink: sinkOf(kind.type), submetrics })
  }

  /** @param tags called only if there are submetrics */
  add(name: string, value: number, tags: () => Tags): void {
    const entry = this.#entries.get(name)!
    entry.sink.add(value)
    if (entry.submetrics.length === 0) return
    const given = tags()
    for (const submetric of entry.submetrics) {
      if (Object.entries(submetric.tags).every(([tag, wanted]) => given[tag] === wanted)) {
        submetric.sink.add(value)
      }
    }
  }

  drain(): Deltas {
    return this.all()
      .filter(({ sink }) => !sink.isEmpty)
      .map(({ name, kind, sink }) => [name, kind, sink.drain()] as const)
  }

  merge(deltas: Deltas): void {
    for (const [name, kind, delta] of deltas) {
      const { metric } = parseMetricName(name)
      this.declare(metric, kind)
      this.sink(name)!.merge(delta)
    }
  }

  /** The sink of a metric or submetric; null if the name was not declared. */
  sink(name: string): Sink | null {
    const { metric, tags } = parseMetricName(name)
    const entry = this.#entries.get(metric)
    if (tags === null) return entry?.sink ?? null
    return entry?.submetrics.find((submetric) => submetric.name === name)?.sink ?? null
  }

  all(): { readonly name: string; readonly kind: MetricKind; readonly sink: Sink }[] {
    return [...this.#entries].flatMap(([name, { kind, sink, submetrics }]) => [
      { name, kind, sink },
      ...submetrics.map((submetric) => ({ name: submetric.name, kind, sink: submetric.sink })),
    ])
  }
}

/** `metric{tag:value,other:value}`. */
function parseMetricName(name: string): { readonly metric: string; readonly tags: Tags | null } {
  const [, metric, list] = WITH_TAGS.exec(name) ?? []
  if (metric === undefined) return { metric: name, tags: null }
  const pairs = list!.split(',').map((pair) => {
    const colon = pair.indexOf(':')
    if (colon <= 0) throw new Fault(`"${name}" must name tags like {tag:value}.`)
    return [pair.slice(0, colon).trim(), pair.slice(colon + 1).trim()] as const
  })
  return { metric, tags: Object.fromEntries(pairs) }
}
