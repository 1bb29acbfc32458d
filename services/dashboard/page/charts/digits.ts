// A number whose digits roll when it changes; screen readers announce it at intervals instead of at every change.
import { h, hidden, setText } from '../dom.ts'
import { NOTHING, wholeText } from '../format.ts'

const REEL = '0\n1\n2\n3\n4\n5\n6\n7\n8\n9'
const SPOKEN_INTERVAL_MS = 20_000

export class Digits {
  readonly element: HTMLElement
  readonly #reels = h('span', { class: 'reels', 'aria-hidden': 'true' })
  readonly #words = hidden('')
  readonly #spoken = h('span', { class: 'visually-hidden', 'aria-live': 'polite' })
  #shape = ''
  #spokenMs = 0

  constructor() {
    this.element = h('span', { class: 'digits' }, this.#reels, this.#words, this.#spoken)
    this.#rebuild(NOTHING) // as high as the number to come
  }

  /** `what` is announced after the number by screen readers. */
  set(value: number, what: string): void {
    const text = wholeText(value)
    this.#roll(text)
    setText(this.#words, `${text} ${what}`)
    const nowMs = Date.now()
    if (this.#spokenMs === 0) this.#spokenMs = nowMs // the first one is announced with the page
    if (nowMs - this.#spokenMs < SPOKEN_INTERVAL_MS) return
    this.#spokenMs = nowMs
    setText(this.#spoken, `${text} ${what}`)
  }

  #roll(text: string): void {
    const shape = text.replace(/\d/g, '0')
    if (shape !== this.#shape) this.#rebuild(shape)
    for (const [at, character] of Array.from(text).entries()) {
      const reel = this.#reels.children[at] as HTMLElement
      if (reel.className === 'digit') reel.style.setProperty('--digit', character)
    }
  }

  /** From the right, so that existing digits stay in place while the number grows. */
  #rebuild(shape: string): void {
    const characters = Array.from(shape)
    const kept = Array.from(this.#reels.children).reverse()
    const next = characters.reverse().map((character, at) => {
      const wanted = character === '0' ? 'digit' : 'mark'
      return kept[at]?.className === wanted ? kept[at] : partOf(wanted, character)
    })
    this.#reels.replaceChildren(...next.reverse())
    this.#shape = shape
  }
}

function partOf(kind: string, character: string): HTMLElement {
  return h('span', { class: kind }, kind === 'digit' ? h('span', { class: 'reel' }, REEL) : character)
}
