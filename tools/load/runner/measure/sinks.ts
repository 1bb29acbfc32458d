// The samples of a metric, by its type. A worker's sink is drained repeatedly, and the drained samples are merged
// into the sink of the whole run.

import { MS_PER_SECOND } from '../../../../load-tests/lib/durations.ts'
import { Numbers } from './numbers.ts'

export type MetricType = 'counter' | 'gauge' | 'rate' | 'trend'

export type Delta =
  | { readonly type: 'counter'; readonly sum: number }
  | { readonly type: 'gauge'; readonly value: number; readonly min: number; readonly max: number }
  | { readonly type: 'rate'; readonly passes: number; readonly fails: number }
  | { readonly type: 'trend'; readonly values: Float64Array }

export type Sink = {
  readonly type: MetricType
  readonly isEmpty: boolean
  add(value: number): void
  /** The samples since the last drain. */
  drain(): Delta
  merge(delta: Delta): void
  /** Null if there is no such aggregate: `count`, `rate`, `value`, `avg`, `min`, `med`, `max` or `p(N)`. */
  aggregate(name: string, elapsedMs: number): number | null
}

const PERCENTILE = /^p\((\d+(?:\.\d+)?)\)$/

const MAKERS: Readonly<Record<MetricType, () => Sink>> = {
  counter: () => new CounterSink(),
  gauge: () => new GaugeSink(),
  rate: () => new RateSink(),
  trend: () => new TrendSink(),
}

export function sinkOf(type: MetricType): Sink {
  return MAKERS[type]()
}

class CounterSink implements Sink {
  readonly type = 'counter'
  isEmpty = true
  #sum = 0

  add(value: number): void {
    this.isEmpty = false
    this.#sum += value
  }

  drain(): Delta {
    const sum = this.#sum
    this.#sum = 0
    this.isEmpty = true
    return { type: this.type, sum }
  }

  merge(delta: Delta): void {
    if (delta.type === this.type) this.add(delta.sum)
  }

  aggregate(name: string, elapsedMs: number): number | null {
    if (name === 'count') return this.#sum
    return name === 'rate' ? (this.#sum * MS_PER_SECOND) / elapsedMs : null
  }
}

class GaugeSink implements Sink {
  readonly type = 'gauge'
  isEmpty = true
  #value = 0
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY

  add(value: number): void {
    this.merge({ type: this.type, value, min: value, max: value })
  }

  drain(): Delta {
    this.isEmpty = true
    return { type: this.type, value: this.#value, min: this.#min, max: this.#max }
  }

  merge(delta: Delta): void {
    if (delta.type !== this.type) return
    this.isEmpty = false
    this.#value = delta.value
    this.#min = Math.min(this.#min, delta.min)
    this.#max = Math.max(this.#max, delta.max)
  }

  aggregate(name: string): number | null {
    return { value: this.#value, min: this.#min, max: this.#max }[name] ?? null
  }
}

class RateSink implements Sink {
  readonly type = 'rate'
  isEmpty = true
  #passes = 0
  #fails = 0

  add(value: number): void {
    this.isEmpty = false
    if (value === 0) this.#fails++
    else this.#passes++
  }

  drain(): Delta {
    const delta = { type: this.type, passes: this.#passes, fails: this.#fails } as const
    this.#passes = 0
    this.#fails = 0
    this.isEmpty = true
    return delta
  }

  merge(delta: Delta): void {
    if (delta.type !== this.type) return
    this.isEmpty = false
    this.#passes += delta.passes
    this.#fails += delta.fails
  }

  aggregate(name: string): number | null {
    const all = this.#passes + this.#fails
    return (
      { rate: all === 0 ? 0 : this.#passes / all, passes: this.#passes, fails: this.#fails }[name] ?? null
    )
  }
}

class TrendSink implements Sink {
  readonly type = 'trend'
  readonly #values = new Numbers()

  get isEmpty(): boolean {
    return this.#values.count === 0
  }

  add(value: number): void {
    this.#values.add(value)
  }

  drain(): Delta {
    return { type: this.type, values: this.#values.take() }
  }

  merge(delta: Delta): void {
    if (delta.type === this.type) this.#values.addAll(delta.values)
  }

  aggregate(name: string): number | null {
    const [, percent] = PERCENTILE.exec(name) ?? []
    if (percent !== undefined) return this.#values.quantile(Number(percent) / 100)
    switch (name) {
      case 'avg':
        return this.#values.mean
      case 'min':
        return this.#values.quantile(0)
      case 'med':
        return this.#values.quantile(0.5)
      case 'max':
        return this.#values.quantile(1)
      case 'count':
        return this.#values.count
      default:
        return null
    }
  }
}
