// The keys that work everywhere, and the sheet that `?` shows of them.
import { h } from './dom.ts'

const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ['/', 'Find a video or channel'],
  ['1 … 6', 'Range: hour, day, week, month, year, all time'],
  ['7', 'Range: dates of your choice'],
  ['c', 'Compare with the period before, or with nothing'],
  ['t', 'Table instead of chart, and back'],
  ['1 … 6', 'On the overview: the last 1, 6 or 24 hours, week, month, year'],
  ['← →', 'In a chart: from period to period'],
  ['n', 'In the chart of a video: note something at that time'],
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
