// Shows how current and how reliable a number is, with an explanation on demand.
import type { Meta } from './api.ts'
import { h, replace, setText } from './dom.ts'
import { lostWords, type Words, wordsOf } from './meta-words.ts'

export class Badge {
  readonly element: HTMLElement
  readonly #label = h('span')
  readonly #button = h('button', { type: 'button', class: 'badge', 'aria-describedby': 'badge-words' })
  #asOf: string | null = null
  readonly #words = h('span', { class: 'tip', role: 'tooltip', id: 'badge-words' })

  constructor() {
    this.#button.append(h('span', { class: 'badge-dot', 'aria-hidden': 'true' }), this.#label)
    this.element = h('span', { class: 'badge-place', hidden: true }, this.#button, this.#words)
    const show = (shown: boolean) => () => this.#words.toggleAttribute('data-shown', shown)
    for (const name of ['mouseenter', 'focusin']) this.element.addEventListener(name, show(true))
    for (const name of ['mouseleave', 'focusout']) this.element.addEventListener(name, show(false))
    this.#button.addEventListener('click', show(true))
    this.element.addEventListener('keydown', ({ key }) => {
      if (key === 'Escape') show(false)()
    })
  }

  /** `endTime` is that of the answer; `isArchived`: it was counted from the archive. */
  set(meta: Meta, endTime: string, isArchived = false): void {
    this.#asOf = meta.asOf
    this.#show(wordsOf(meta, endTime, isArchived))
  }

  /** The connection is lost: what is shown stays, and is that of the last answer. */
  lose(): void {
    if (!this.element.hidden) this.#show(lostWords(this.#asOf))
  }

  hide(): void {
    this.element.hidden = true
  }

  #show({ kind, label, lines }: Words): void {
    this.element.hidden = false
    this.#button.dataset.kind = kind
    setText(this.#label, label)
    replace(this.#words, ...lines.map((line) => h('span', {}, line)))
  }
}
