// Ways to pass on what a page shows: the number of a video on other pages, and a link to the view.
import { h, replace } from '../dom.ts'
import { command } from '../parts.ts'
import { Popover } from '../popover.ts'
import type { VideoRoute } from '../route.ts'
import { embedSnippet } from './embed-snippet.ts'

export function embedButton(route: () => VideoRoute): readonly [HTMLElement, HTMLElement] {
  const place = h('div', {})
  const fill = () => {
    const { videoId, type } = route()
    replace(place, command(embedSnippet(location.origin, videoId, type), 'Snippet'))
  }
  const words = [
    h('p', {}, 'It takes the font of the page around it, and changes as events come in.'),
    h('p', {}, 'The server shows it to the sites that ', h('code', {}, 'CORS_ORIGINS'), ' names.'),
  ]
  const title = h('h2', {}, 'A live number on any page')
  const { button, panel } = new Popover('Embed', 'Embed', fill, title, place, ...words)
  return [button, panel]
}

/** The address of the view; its zone is named, so that everybody sees the same numbers. */
export function linkButton(address: () => string): HTMLElement | false {
  if (navigator.clipboard === undefined) return false
  const copy = async () => {
    await navigator.clipboard.writeText(new URL(address(), location.href).href)
    button.textContent = 'Copied'
    setTimeout(() => {
      button.textContent = LINK_LABEL
    }, COPIED_SHOWN_MS)
  }
  const button = h('button', { type: 'button', class: 'quiet', click: () => void copy() }, LINK_LABEL)
  return button
}

const LINK_LABEL = 'Copy link'
const COPIED_SHOWN_MS = 2_000
