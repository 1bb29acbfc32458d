// Components that several views share.

import { ApiError, isByLink, keyFor } from './api.ts'
import { type Child, h, replace } from './dom.ts'
import { keyForm } from './keys/sign-in.ts'
import type { Alarm } from './operators/alarms.ts'

export type Choice<T extends string> = { readonly value: T; readonly label: string; readonly name?: string }

/** A choice among a few buttons in a row, with the chosen one pressed; the arrow keys move among them. */
export class Segments<T extends string> {
  readonly element: HTMLElement
  readonly #onChoose: (value: T) => void
  #values = ''

  constructor(label: string, onChoose: (value: T) => void) {
    this.#onChoose = onChoose
    this.element = h('div', { class: 'segments', role: 'group', 'aria-label': label, keydown: moveAmong })
  }

  /** Buttons that remain keep the focus. */
  set(choices: readonly Choice<T>[], chosen: T | null): void {
    const values = choices.map(({ value }) => value).join()
    if (values !== this.#values) {
      this.#values = values
      replace(
        this.element,
        ...choices.map(({ value, label, name }) =>
          h(
            'button',
            { type: 'button', 'aria-label': name && `${label}, ${name}`, click: () => this.#onChoose(value) },
            label,
          ),
        ),
      )
    }
    for (const [at, { value }] of choices.entries()) {
      this.element.children[at]!.setAttribute('aria-pressed', String(value === chosen))
    }
  }
}

/** The arrow keys, Home and End move among the links or buttons of a list or row. */
export function moveAmong(event: KeyboardEvent): void {
  const place = event.currentTarget as HTMLElement
  const stops = Array.from(place.querySelectorAll<HTMLElement>('a, button'))
  const at = stops.indexOf(document.activeElement as HTMLElement)
  const last = stops.length - 1
  const moves: Record<string, number> = {
    ...{ ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1 },
    ...{ Home: 0, End: last },
  }
  const to = moves[event.key]
  if (at < 0 || to === undefined) return
  event.preventDefault()
  stops[Math.max(0, Math.min(last, to))]!.focus()
}

export function panel(title: string, ...children: readonly Child[]): HTMLElement {
  return h('section', { class: 'panel' }, h('h2', {}, title), ...children)
}

/** Of the tab in the browser. */
export function nameTab(name: string): void {
  document.title = `${name} · Tally`
}

/** The legend of a chart's line. */
export function legendKey(line: 'solid' | 'dashed' | 'dotted', text: string): HTMLElement {
  return h('span', { class: 'key', 'data-line': line }, text)
}

/** Says what is missing and what to do about it. */
export function notice(title: string, ...children: readonly Child[]): HTMLElement {
  return h('div', { class: 'notice' }, h('p', { class: 'notice-title' }, title), ...children)
}

/** An error message that says what to do next. */
export function failure(error: unknown): HTMLElement {
  if (error instanceof ApiError && error.wantsKey && !isByLink()) return keyForm(error)
  const detail = error instanceof ApiError ? error.message : 'The page itself has a fault: load it again.'
  if (!(error instanceof ApiError)) console.error(error)
  const next = error instanceof ApiError && error.status === 400 ? 'Choose another view.' : 'Retrying…'
  return h(
    'div',
    { class: 'notice', role: 'alert' },
    h('p', { class: 'notice-title' }, detail),
    h('p', {}, next),
  )
}

/** Leads to the heading of the alarm in the runbook, which this server shows. */
export function whatToDo(alarm: Alarm): HTMLElement {
  return h('a', { href: `docs/runbook#${alarm.toLowerCase()}` }, 'What to do')
}

/** A text to copy. */
export function command(text: string, name = 'Command'): HTMLElement {
  const copy = h('button', { type: 'button', class: 'quiet', click: () => void copyText() }, 'Copy')
  const copyText = async () => {
    await navigator.clipboard.writeText(text)
    copy.textContent = 'Copied'
  }
  return h(
    'div',
    { class: 'command' },
    h('pre', { tabindex: '0', 'aria-label': name }, h('code', {}, text)),
    navigator.clipboard !== undefined && copy,
  )
}

/** How to send the first event to this very server; nothing for those who may only look. */
export function firstEvent(videoId: string): HTMLElement | false {
  if (isByLink()) return false
  return eventCommand(videoId, 'view', '"value":12.5')
}

/**
 * How to send an event with one more field to this very server. `type` and `field` need no quoting in a shell. A key is
 * named, not shown: the one of this tab may be of a role that does not send.
 */
export function eventCommand(videoId: string, type: string, field: string): HTMLElement {
  const key = keyFor('api') === null ? '' : `-H "x-api-key: $TALLY_KEY" `
  const shown = command(
    `curl ${location.origin}/v1/events ${key}-H 'content-type: application/json' -d \\\n` +
      `'{"id":"'$(date +%s%N)'","videoId":"${safeForShell(videoId)}","type":"${type}",` +
      `"time":"'$(date -u +%FT%TZ)'",${field}}'`,
  )
  if (key === '') return shown
  const which = [
    'Before that, set ',
    h('code', {}, 'TALLY_KEY'),
    ' to a key that sends: write, full or admin.',
  ]
  return h('div', {}, shown, h('p', {}, ...which))
}

/**
 * The command is meant to be pasted into a shell: it may contain only characters that need no quoting in shells and
 * JSON.
 */
function safeForShell(videoId: string): string {
  return /^[\w.:-]+$/.test(videoId) ? videoId : 'my-video'
}

/** What events of a type are called after a number. */
export function eventsText(type: string, count = 2): string {
  const plural = count === 1 ? '' : 's'
  return ['view', 'like', 'dislike', 'share'].includes(type) ? `${type}${plural}` : `“${type}” event${plural}`
}
