// The module `k6/metrics`.
import { currentContext, measure, theAround } from '../context.ts'
import type { Tags } from '../measure/registry.ts'
import type { MetricType } from '../measure/sinks.ts'
import { complete } from '../missing.ts'

class Metric {
  readonly name: string

  constructor(name: string, type: MetricType, isTime: boolean) {
    if (currentContext() !== null) throw new Error('metrics are made in the init context, as with k6')
    this.name = name
    theAround().registry.declare(name, { type, isTime })
  }

  add(value: number | boolean, tags?: Tags): void {
    measure(this.name, Number(value), tags)
  }
}

export class Counter extends Metric {
  constructor(name: string, isTime = false) {
    super(name, 'counter', isTime)
  }
}

export class Gauge extends Metric {
  constructor(name: string, isTime = false) {
    super(name, 'gauge', isTime)
  }
}

export class Rate extends Metric {
  constructor(name: string, isTime = false) {
    super(name, 'rate', isTime)
  }
}

export class Trend extends Metric {
  constructor(name: string, isTime = false) {
    super(name, 'trend', isTime)
  }
}

export default complete('k6/metrics', { Counter, Gauge, Rate, Trend })
