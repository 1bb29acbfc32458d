// The script of the documentation: its search, and the button for light and dark. What can be found is loaded when
// somebody begins to search.
import { h, replace } from './dom.ts'
import { type Findable, type FoundSection, findSections } from './find-section.ts'
import { pageKey } from './shortcuts.ts'
import { themeButton } from './theme-button.ts'

type Page = {
  readonly path: string
  readonly title: string
  readonly sections: readonly (readonly [id: string, heading: string, text: string])[]
}
type Description = {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { operationId: string; summary: string; description?: string }>>>
  >
}

const FOUND_MAX = 12
const LAST_PARAGRAPH = /\n\n[^\n]*$/

class DocsSearch {
  readonly #root: string
  readonly #input: HTMLInputElement
  readonly #list = h('ul', { id: 'found', 'aria-label': 'What was found', hidden: true })
  #loading: Promise<readonly Findable[]> | null = null

  constructor(place: HTMLElement) {
    this.#root = place.dataset.root ?? './'
    this.#input = h('input', {
      ...{ type: 'search', 'aria-label': 'Search the documentation', placeholder: 'Search the docs' },
      ...{ 'aria-controls': 'found', autocomplete: 'off', spellcheck: 'false', maxlength: 128 },
      focus: () => void this.#sections().catch(() => {}),
      input: () => void this.#search(),
    })
    replace(place, this.#input, h('kbd', { 'aria-hidden': 'true' }, '/'), this.#list)
    place.addEventListener('keydown', (event) => this.#onKey(event))
    place.addEventListener('focusout', (event) => {
      if (!place.contains(event.relatedTarget as Node | null)) this.#list.hidden = true
    })
    document.addEventListener('keydown', (event) => {
      if (pageKey(event) !== '/') return
      event.preventDefault()
      this.#input.focus()
      this.#input.select()
    })
  }

  #sections(): Promise<readonly Findable[]> {
    this.#loading ??= sectionsBelow(this.#root)
    this.#loading.catch(() => {
      this.#loading = null
    })
    return this.#loading
  }

  async #search(): Promise<void> {
    const wanted = this.#input.value
    const words = await this.#sections().then(
      (sections) => {
        const found = findSections(sections, wanted, FOUND_MAX)
        if (wanted !== this.#input.value) return null
        replace(this.#list, ...found.map(itemOf))
        return found.length > 0 || wanted.trim() === '' ? null : `Nothing was found for “${wanted.trim()}”.`
      },
      () => 'The server does not answer. Type again to retry.',
    )
    if (words !== null) replace(this.#list, h('li', { class: 'nothing' }, words))
    this.#list.hidden = this.#list.childElementCount === 0 || this.#input.value.trim() === ''
  }

  #onKey(event: KeyboardEvent): void {
    const links = Array.from(this.#list.querySelectorAll('a'))
    const at = links.indexOf(document.activeElement as HTMLAnchorElement)
    switch (event.key) {
      case 'ArrowDown':
        links[Math.min(at + 1, links.length - 1)]?.focus()
        break
      case 'ArrowUp':
        if (at <= 0) this.#input.focus()
        else links[at - 1]?.focus()
        break
      case 'Enter':
        if (at >= 0) return
        links[0]?.click()
        break
      case 'Escape':
        this.#input.value = ''
        this.#list.hidden = true
        this.#input.blur()
        break
      default:
        return
    }
    event.preventDefault()
  }
}

async function sectionsBelow(root: string): Promise<readonly Findable[]> {
  const load = async (path: string) => {
    const answer = await fetch(root + path)
    if (!answer.ok) throw new Error(`${answer.status} of ${path}`)
    return answer.json()
  }
  const [pages, { paths }] = (await Promise.all([load('docs/files/search.json'), load('openapi.json')])) as [
    readonly Page[],
    Description,
  ]
  const sections = pages.flatMap(({ path, title, sections }) =>
    sections.map(([id, heading, text]) => ({ page: title, heading, text, href: `${root}${path}#${id}` })),
  )
  const routes = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { operationId, summary, description = '' }]) => ({
      ...{ page: 'HTTP API', heading: `${method.toUpperCase()} ${path}` },
      // The last paragraph says which keys it takes: of all nearly the same.
      ...{
        text: `${summary}. ${description.replace(LAST_PARAGRAPH, '')}`,
        href: `${root}docs/api#${operationId}`,
      },
    })),
  )
  return [...sections, ...routes]
}

function itemOf({ page, heading, href, excerpt }: FoundSection): HTMLElement {
  const { before, match, after } = excerpt
  const name = h('span', { class: 'found-heading' }, heading === page ? heading : `${page} › ${heading}`)
  const text = h('span', { class: 'found-text' }, before, match !== '' && h('mark', {}, match), after)
  return h('li', {}, h('a', { href }, name, text))
}

themeButton(document.getElementById('theme')!)
// Styles show the contents on a wide screen in any case; open, they can be reached by keyboard too.
document.querySelector<HTMLDetailsElement>('.contents')!.open = matchMedia('(min-width: 52.01rem)').matches
new DocsSearch(document.getElementById('search')!)
