// Dead letters: what could not be read or stored, to be looked at and replayed or discarded.
import { h } from './dom.ts'
import { panel } from './parts.ts'

export class DeadLettersPanel {
  readonly element: HTMLElement

  constructor(_signal: AbortSignal) {
    this.element = panel('Dead letters', h('p', { class: 'empty' }, ' '))
  }
}
