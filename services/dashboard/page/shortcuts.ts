// The keys that work everywhere, and the sheet that `?` shows of them.
import { h } from './dom.ts'

const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ['/', 'Find a video'],
  ['1 … 6', 'On a video: the hour, day, week, month, year, all time'],
  ['← →', 'In a chart: from period to period'],
  ['?', 'This list'],
  ['Esc', 'Close it, or leave the search'],
]

/** A key that was pressed for the page, not while somebody types or with another key held; else null. */
export function pageKey(event: KeyboardEvent): string | null {
  const isTyping = event.target instanceof Element && event.target.matches('input, textarea, select')
  return isTyping || event.ctrlKey || event.metaKey || event.altKey ? null : event.key
}

export function keySheet(): void {
  const rows = KEYS.flatMap(([keys, what]) => [h('dt', {}, h('kbd', {}, keys)), h('dd', {}, what)])
  const close = h('button', { type: 'button', class: 'primary', click: () => sheet.close() }, 'Close')
  const sheet = h(
    'dialog',
    { class: 'keys', 'aria-labelledby': 'keys-title' },
    h('h2', { id: 'keys-title' }, 'Keys'),
    h('dl', {}, ...rows),
    close,
  )
  document.body.append(sheet)
  document.addEventListener('keydown', (event) => {
    if (pageKey(event) !== '?') return
    event.preventDefault()
    if (sheet.open) sheet.close()
    else sheet.showModal()
  })
}
