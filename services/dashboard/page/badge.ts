// Shows how current and how reliable a number is, with an explanation on demand.
import type { Meta } from './api.ts'
import { h, replace, setText } from './dom.ts'
import { clockText } from './format.ts'

type Words = {
  readonly kind: 'exact' | 'reconciled' | 'stale' | 'lost'
  readonly label: string
  readonly lines: readonly string[]
}

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

  set(meta: Meta): void {
    this.#asOf = meta.asOf
    this.#show(wordsOf(meta))
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

function lostWords(asOf: string | null): Words {
  return {
    kind: 'lost',
    label: asOf === null ? 'Connection lost' : `Last known ${clockText(Date.parse(asOf))}`,
    lines: ['The connection to the server is lost. These are the numbers of the last answer.', 'Retrying…'],
  }
}

function wordsOf({ asOf, complete, reconciled, stale }: Meta): Words {
  const at = asOf === null ? 'an unknown time' : clockText(Date.parse(asOf))
  if (stale) {
    return {
      kind: 'stale',
      label: `Stale · as of ${at}`,
      lines: [
        'Not all of the store answers: counts that are durable may be missing here until it does.',
        'Nothing is lost. Retrying…',
      ],
    }
  }
  if (asOf === null) {
    return {
      kind: 'stale',
      label: 'Starting',
      lines: ['The server has just started and does not know yet how far its counts go.'],
    }
  }
  return {
    kind: reconciled ? 'reconciled' : 'exact',
    label: reconciled ? `Exact · as of ${at} · reconciled` : `Exact · as of ${at}`,
    lines: [
      `Every event that the log had taken by ${at} is in these numbers, each counted once.`,
      complete
        ? 'The range has ended before that: nothing accepted by its end is missing.'
        : 'The range is still in progress: events show about a second after they arrive.',
      reconciled
        ? 'The whole range has been counted again from the raw events, by other means, and agrees.'
        : 'It has not all been counted again from the raw events yet.',
    ],
  }
}
