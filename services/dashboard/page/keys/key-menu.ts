// In the frame of the page, for who has signed in: what the key of this tab may do, and the way out.
import { ApiError, askKey, forgetKeys, keyFor } from '../api.ts'
import { h, replace, svg } from '../dom.ts'
import { Popover } from '../popover.ts'
import { endText, holderText, type Key, rightsTexts } from './key-words.ts'

const ICON = 'M7.5 15.5a3.5 3.5 0 1 1 0-7 3.5 3.5 0 0 1 0 7M11 12h10v3.5M17 12v3'

/** Nothing where no key is kept. `before`: what it stands before. */
export function keyMenu(before: HTMLElement): void {
  if (keyFor('admin') === null) return
  const place = h('div', { class: 'key-rights', role: 'status' })
  const show = () => void fill(place)
  const { button, panel } = new Popover('', 'Your key', show, h('h2', {}, 'Your key'), place, signOut())
  button.className = 'icon-button'
  button.setAttribute('aria-label', 'Your key')
  button.title = 'Your key: what it may do'
  replace(button, svg('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true' }, svg('path', { d: ICON })))
  before.before(button, panel)
}

/** Those of the page and of operators may be two. */
async function fill(place: HTMLElement): Promise<void> {
  const keys = [...new Set([keyFor('api'), keyFor('admin')])].filter((key) => key !== null)
  const words = await Promise.all(keys.map(wordsOf))
  replace(place, ...words.flat())
}

async function wordsOf(key: string): Promise<readonly HTMLElement[]> {
  try {
    const found = await askKey(key, new AbortController().signal)
    return found === null ? [h('p', {}, 'This server does not say what it may do.')] : rightsOf(found)
  } catch (error) {
    return [h('p', {}, error instanceof ApiError ? error.message : String(error))]
  }
}

function rightsOf(key: Key): readonly HTMLElement[] {
  const { may, mayNot } = rightsTexts(key)
  return [holderText(key), may, mayNot, endText(key)]
    .filter((text) => text !== null)
    .map((text) => h('p', {}, text))
}

function signOut(): HTMLElement {
  const leave = () => {
    forgetKeys()
    location.reload()
  }
  return h('button', { type: 'button', class: 'quiet', click: leave }, 'Sign out')
}
