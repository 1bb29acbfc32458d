// A button that opens a small panel beneath it. Escape, and a click elsewhere, close it: the browser sees to that, to
// the focus, and to what screen readers are told.
import { type Child, h } from './dom.ts'

let panels = 0

export class Popover {
  readonly button: HTMLButtonElement
  readonly panel: HTMLElement
  readonly #onOpen: () => void

  /** `onOpen` runs before it shows, and when it is to be opened and is. */
  constructor(label: string, name: string, onOpen: () => void, ...children: readonly Child[]) {
    this.#onOpen = onOpen
    const id = `popover-${++panels}`
    this.panel = h(
      'div',
      { popover: 'auto', class: 'popover', id, role: 'dialog', 'aria-label': name },
      ...children,
    )
    this.panel.addEventListener('beforetoggle', (event) => {
      if (event.newState === 'open') onOpen()
    })
    this.button = h(
      'button',
      { type: 'button', class: 'quiet', popovertarget: id, 'aria-haspopup': 'dialog' },
      label,
    )
  }

  close(): void {
    this.panel.hidePopover()
  }

  open(): void {
    if (this.panel.matches(':popover-open')) this.#onOpen()
    else this.button.click()
  }
}
