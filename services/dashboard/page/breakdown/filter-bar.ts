// The filters of a page, each with a way to remove it, and what of the page they do not reach.

import { h, replace } from '../dom.ts'
import { dimensionLabel, valueName } from './breakdown-words.ts'
import { toggled, type Where } from './where.ts'

export class FilterBar {
  readonly element = h('div', { class: 'filters', role: 'group', 'aria-label': 'Filters', hidden: true })
  readonly #onChange: (where: Where) => void
  readonly #unfiltered: string

  constructor(onChange: (where: Where) => void, unfiltered: string) {
    this.#onChange = onChange
    this.#unfiltered = unfiltered
  }

  set(where: Where): void {
    this.element.hidden = where.length === 0
    const chips = where.map((filter) => {
      const remove = () => {
        this.#onChange(toggled(where, filter))
        const [first] = this.element.querySelectorAll('button')
        const next = where.length > 1 ? first : document.getElementById('main')
        next?.focus({ preventScroll: true }) // what had the focus is gone
      }
      const name = filterText(filter)
      const label = `Remove the filter ${name}`
      const cross = h('span', { 'aria-hidden': 'true' }, '×')
      return h(
        'button',
        { type: 'button', class: 'chip', 'aria-label': label, title: label, click: remove },
        name,
        cross,
      )
    })
    replace(
      this.element,
      h('span', {}, 'Filtered by'),
      ...chips,
      h('span', { class: 'filters-note' }, this.#unfiltered),
    )
  }
}

/** Continues a title; nothing without filters. */
export function onlyText(where: Where): string {
  return where.length === 0 ? '' : `, only ${where.map(({ by, value }) => valueName(by, value)).join(', ')}`
}

function filterText({ by, value }: Where[number]): string {
  return `${dimensionLabel(by)}: ${valueName(by, value)}`
}
