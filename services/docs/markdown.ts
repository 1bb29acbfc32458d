// A document as HTML, and as sections for the search. Markup that stands in the text stays text.
import { Marked } from 'marked'
import { Html, html } from '../../schemas/openapi/docs/html.ts'

type Section = { readonly id: string; readonly heading: string; readonly text: string }

export type Document = {
  readonly title: string
  readonly body: Html
  readonly sections: readonly Section[]
}

/** Where a link of the document leads; null: nowhere that is served. */
type Resolve = (href: string) => string | null

const HEADING = /<h([1-6]) id="([^"]*)">(.*?) <a class="anchor"/g
const COMMENT = /^\s*<!--[\s\S]*?-->\s*$/
const ENTITIES: Readonly<Record<string, string>> = {
  ...{ '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' },
}

export function documentOf(markdown: string, resolve: Resolve): Document {
  const text = rendererOf(resolve).parse(markdown, { async: false })
  const body = text
    .replaceAll('<table>', '<div class="table-place" tabindex="0" role="group" aria-label="Table"><table>')
    .replaceAll('</table>', '</table></div>')
  const sections = sectionsOf(body)
  return { title: sections[0]?.heading ?? 'Documentation', body: new Html(body), sections }
}

function rendererOf(resolve: Resolve): Marked {
  const ids = new Map<string, number>()
  return new Marked({
    renderer: {
      heading({ tokens, depth }) {
        const inner = this.parser.parseInline(tokens)
        const id = uniqueId(idOf(plainText(inner)), ids)
        const anchor = html`<a class="anchor" href="#${id}" aria-label="Link to this section">#</a>`
        return html`<h${depth} id="${id}">${new Html(inner)} ${anchor}</h${depth}>\n`.text
      },
      link({ href, tokens }) {
        const inner = new Html(this.parser.parseInline(tokens))
        const address = resolve(href)
        if (address === null) return html`<span class="in-sources">${inner}</span>`.text
        return html`<a href="${address}">${inner}</a>`.text
      },
      image({ href, text }) {
        const address = resolve(href)
        return address === null ? html`${text}`.text : html`<img src="${address}" alt="${text}">`.text
      },
      code({ text }) {
        return html`<pre tabindex="0" role="group" aria-label="Sample"><code>${text}</code></pre>\n`.text
      },
      html({ text }) {
        return COMMENT.test(text) ? '' : html`${text}`.text
      },
    },
  })
}

/** As GitHub names headings. */
function idOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

function uniqueId(id: string, ids: Map<string, number>): string {
  const times = ids.get(id) ?? 0
  ids.set(id, times + 1)
  return times === 0 ? id : `${id}-${times}`
}

function sectionsOf(body: string): readonly Section[] {
  const headings = Array.from(body.matchAll(HEADING))
  return headings.map(({ 2: id = '', 3: heading = '', index }, at) => {
    const text = body.slice(body.indexOf('</a>', index), headings[at + 1]?.index)
    return { id, heading: plainText(heading), text: plainText(text) }
  })
}

function plainText(markup: string): string {
  return markup
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/&(?:lt|gt|quot|#39|amp);/g, (entity) => ENTITIES[entity]!)
    .replaceAll(/\s+/g, ' ')
    .trim()
}
