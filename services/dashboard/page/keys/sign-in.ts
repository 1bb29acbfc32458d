// Asks for a key of any role, tries it, and says what it may do. A page that may show nothing without one is replaced
// by one form, and asks nothing more until it is loaded again with a key; what only operators see has a form in its own
// place. A key that opens nothing is not kept.
import { ApiError, askKey, keepKey, keyFor } from '../api.ts'
import { h, replace, setText } from '../dom.ts'
import { guessText, type Key, ROLE_WORDS, refusalText } from './key-words.ts'

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
  const words = h('p', { class: 'key-words', id: `${id}-words`, role: 'status' })
  const guess = () => setText(words, guessText(input.value.trim()) ?? '')
  const input = h('input', {
    ...{ type: 'password', name: 'key', autocomplete: 'off', required: true, id, input: guess },
    'aria-describedby': `${id}-words`,
  })
  const button = h('button', { type: 'submit', class: 'primary' }, 'Sign in')
  const submit = async (event: Event) => {
    event.preventDefault()
    button.disabled = true
    const refusal = await takeKey(keyKind, input.value.trim())
    button.disabled = false
    if (refusal !== null) setText(words, refusal)
    words.toggleAttribute('data-refused', refusal !== null)
    if (refusal !== null) input.focus()
  }
  return h(
    'form',
    { class: 'notice key-form', submit },
    h('p', { class: 'notice-title' }, titleOf(error)),
    h('p', {}, 'The key stays in this tab, and is only sent to this server.'),
    h('label', { for: id }, keyKind === 'admin' ? 'Admin key' : 'API key'),
    h('div', { class: 'row' }, input, button),
    words,
    keyKind === 'api' && rolesList(),
  )
}

/** Keeps the key and begins anew with it; else says why it opens nothing. */
async function takeKey(keyKind: ApiError['keyKind'], key: string): Promise<string | null> {
  try {
    const found = await askKey(key, new AbortController().signal)
    const refusal = found && refusalText(found, keyKind === 'admin' ? 'admin' : 'read')
    if (refusal !== null) return refusal
    keepKey(keyKind, key)
    if (found !== null && isOfOperatorsAlone(found)) location.hash = '#/operations'
    location.reload()
    return null
  } catch (error) {
    return error instanceof ApiError ? error.message : 'The page itself has a fault: load it again.'
  }
}

/** It speaks for no tenant, so no number of a video is shown with it. */
function isOfOperatorsAlone({ may }: Key): boolean {
  return !may.includes('read')
}

function rolesList(): HTMLElement {
  const rows = ROLE_WORDS.flatMap(({ role, prefix, may }) => [
    h('dt', {}, h('strong', {}, role), ' ', h('code', {}, prefix)),
    h('dd', {}, may),
  ])
  const list = h('dl', {})
  replace(list, ...rows)
  return h('div', { class: 'key-roles' }, h('p', {}, 'What a key may do, by its role:'), list)
}

/** Nobody has given a wrong key yet where only that of the whole page was tried. */
function titleOf({ keyKind, status, message }: ApiError): string {
  const isFirst = status === 401 || (keyKind === 'admin' && keyFor('admin') === keyFor('api'))
  if (!isFirst) return message
  return keyKind === 'admin' ? 'Only operators see this.' : 'This server asks for an API key.'
}
