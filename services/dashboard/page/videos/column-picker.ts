// Which numbers a list of videos shows: a box for each. The choice is in the link, and is kept in this browser.

import { h } from '../dom.ts'
import { Popover } from '../popover.ts'
import { areUsual, METRICS, type Metric } from './columns.ts'
import { keepMetrics } from './own-columns.ts'

export class ColumnPicker {
  readonly elements: readonly [HTMLElement, HTMLElement]
  readonly #boxes: ReadonlyMap<Metric, HTMLInputElement>

  /** `onChoose` gets null for the usual ones. */
  constructor(
    labels: Readonly<Record<Metric, string>>,
    onChoose: (metrics: readonly Metric[] | null) => void,
  ) {
    const choose = () => {
      const metrics = METRICS.filter((metric) => this.#boxes.get(metric)!.checked)
      keepMetrics(metrics)
      onChoose(areUsual(metrics) ? null : metrics)
    }
    const box = (metric: Metric) =>
      [metric, h('input', { type: 'checkbox', role: 'switch', change: choose })] as const
    this.#boxes = new Map(METRICS.map(box))
    const choices = Array.from(this.#boxes, ([metric, input]) =>
      h('label', { class: 'toggle' }, input, labels[metric]),
    )
    const { button, panel } = new Popover('Columns', 'Columns', () => {}, ...choices)
    this.elements = [button, panel]
  }

  /** One must stay. */
  set(chosen: readonly Metric[]): void {
    for (const [metric, input] of this.#boxes) {
      input.checked = chosen.includes(metric)
      input.disabled = chosen.length === 1 && input.checked
    }
  }
}
