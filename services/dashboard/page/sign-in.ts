// Asks for a key. A page that may show nothing without one is replaced by one form, and asks nothing more until it is
// loaded again with a key; what only operators see has a form in its own place.
import { type ApiError, keepKey, keyFor } from './api.ts'
import { h } from './dom.ts'

let showSignIn: ((form: HTMLElement) => void) | null = null

/** From now on the form for an API key is shown by `show`, in place of the page. */
export function signInBy(show: (form: HTMLElement) => void): void {
  showSignIn = show
}

/** The form, or nothing if it takes the place of the page. */
export function keyForm(error: ApiError): HTMLElement {
  const form = formOf(error)
  if (error.keyKind === 'admin' || showSignIn === null) return form
  showSignIn(form)
  return h('div')
}

function formOf(error: ApiError): HTMLElement {
  const { keyKind } = error
  const id = `${keyKind}-key`
  const input = h('input', { type: 'password', name: 'key', autocomplete: 'off', required: true, id })
  const submit = (event: Event) => {
    event.preventDefault()
    keepKey(keyKind, input.value.trim())
    location.reload()
  }
  return h(
    'form',
    { class: 'notice key-form', submit },
    h('p', { class: 'notice-title' }, titleOf(error)),
    h('p', {}, `${WHICH_KEY[keyKind]} It stays in this tab, and is only sent to this server.`),
    h('label', { for: id }, keyKind === 'admin' ? 'Admin key' : 'API key'),
    h('div', { class: 'row' }, input, h('button', { type: 'submit', class: 'primary' }, 'Use it')),
  )
}

const WHICH_KEY = {
  api: 'A key of the role read shows everything but what operators see.',
  admin: 'A key of the role admin shows it.',
} as const

/** Nobody has given a wrong key yet where only that of the whole page was tried. */
function titleOf({ keyKind, status, message }: ApiError): string {
  const isFirst = status === 401 || (keyKind === 'admin' && keyFor('admin') === keyFor('api'))
  if (!isFirst) return message
  return keyKind === 'admin' ? 'Only operators see this.' : 'This server asks for an API key.'
}
