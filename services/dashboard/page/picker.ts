// A choice among many, as the browser's own list, with its name before it.
import { h, replace } from './dom.ts'
import type { Choice } from './parts.ts'

export type GroupedChoice<T extends string> = Choice<T> & { readonly group?: string }

export class Picker<T extends string> {
  readonly element: HTMLElement
  readonly #select: HTMLSelectElement
  #shown = ''

  /** `name` is what screen readers call it, if the label is too short for them. */
  constructor(label: string, onChoose: (value: T) => void, name: string | null = null) {
    this.#select = h('select', { change: () => onChoose(this.#select.value as T), 'aria-label': name })
    this.element = h('label', { class: 'picker' }, h('span', {}, label), this.#select)
  }

  /** Choices with a `group` stand under its name. `hasMore`: others are listed when somebody reaches for them. */
  set(choices: readonly GroupedChoice<T>[], chosen: T, hasMore = false): void {
    const shown = JSON.stringify(choices)
    if (shown !== this.#shown) {
      this.#shown = shown
      const option = ({ value, label }: Choice<T>) => h('option', { value }, label)
      const groups = [...new Set(choices.map(({ group }) => group))].filter((group) => group !== undefined)
      replace(
        this.#select,
        ...choices.filter(({ group }) => group === undefined).map(option),
        ...groups.map((group) =>
          h('optgroup', { label: group }, ...choices.filter((one) => one.group === group).map(option)),
        ),
      )
    }
    this.#select.value = chosen
    this.#select.disabled = choices.length < 2 && !hasMore
  }

  set title(text: string) {
    this.element.title = text
  }
}
