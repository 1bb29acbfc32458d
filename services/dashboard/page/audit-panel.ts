// The audits: the probe that sends known events through the front door, and the recount by other means, hour by hour.
import type { AuditAnswer } from './audit.ts'
import { h } from './dom.ts'
import { panel } from './parts.ts'

export class AuditPanel {
  readonly #words = h('p', { class: 'empty' }, ' ')
  readonly element = panel('Audit', this.#words)

  set({ weak, strong }: AuditAnswer): void {
    this.#words.textContent =
      weak === null && strong === null
        ? 'No audit reports yet: the probe and the recount have not run on this server.'
        : ''
  }
}
