// Makes elements. External values become text, never markup: nothing in the whole page parses HTML.

export type Child = Node | string | null | false
type Value = string | number | boolean | null | undefined | ((event: never) => void)
type Attributes = Readonly<Record<string, Value>>

/** How far below the screen something begins to be loaded. */
const NEARLY = '200px'
const SVG = 'http://www.w3.org/2000/svg'

/** An attribute that is null, undefined or false is left out; a function listens to the event of its name. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), attributes, children)
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS(SVG, tag), attributes, children)
}

export function replace(parent: Element, ...children: readonly Child[]): void {
  parent.replaceChildren(...children.filter((child) => child !== null && child !== false))
}

/** Leaves equal text unchanged, so that a selection survives. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

/** Until the element is on the screen, or nearly; at once if it is. */
export function untilInSight(element: Element, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const watch = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) done()
      },
      { rootMargin: NEARLY },
    )
    const done = () => {
      watch.disconnect()
      signal.removeEventListener('abort', done)
      resolve()
    }
    if (signal.aborted) return done()
    watch.observe(element)
    signal.addEventListener('abort', done)
  })
}

/** Hands a file to the browser's downloads. */
export function saveAs(name: string, file: Blob): void {
  const href = URL.createObjectURL(file)
  h('a', { href, download: name.replace(/[^\p{L}\p{N}._-]+/gu, '-') }).click()
  setTimeout(() => URL.revokeObjectURL(href), 60_000) // the download may begin later
}

/** Text for screen readers only. */
export function hidden(text: string): HTMLElement {
  return h('span', { class: 'visually-hidden' }, text)
}

function fill<E extends Element>(element: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value as EventListener)
    else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? '' : String(value))
    }
  }
  replace(element, ...children)
  return element
}
