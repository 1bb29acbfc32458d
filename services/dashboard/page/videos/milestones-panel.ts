// What somebody is told of a video by webhook: the alerts there are, and a form for a number to be told of.
import { ApiError, ask, askJson } from '../api.ts'
import { h, replace, setText, untilInSight } from '../dom.ts'
import { momentText, wholeText } from '../format.ts'
import { command, eventsText, failure } from '../parts.ts'
import { repeat } from '../repeat.ts'

type Milestone = {
  readonly threshold?: number
  readonly state: 'waiting' | 'delivered' | 'given_up'
  readonly deliveredAt: string | null
  readonly lastError: string | null
}
type Alert = {
  readonly id: string
  readonly videoId: string
  readonly eventType: string
  readonly kind: 'passes' | 'rises' | 'silent'
  readonly thresholds?: readonly number[]
  readonly factor?: number
  readonly windowMinutes?: number
  readonly minutes?: number
  readonly url: string
  readonly state: 'on' | 'disabled'
  readonly disabledReason: string | null
  readonly milestones: readonly Milestone[]
  readonly secret?: string
}

const PATH = 'v1/alerts'
const REFRESH_MS = 30_000
const COLUMNS = ['Told when', 'So far', 'Whom'] as const

export class MilestonesPanel {
  readonly element: HTMLElement
  readonly #videoId: string
  readonly #signal: AbortSignal
  readonly #place = h('div', { class: 'table-place', tabindex: '0', role: 'region', 'aria-label': 'Alerts' })
  readonly #said = h('div', { class: 'said', role: 'status' })
  readonly #threshold = h('input', {
    ...{ type: 'number', min: 1, step: 1, required: true, id: 'milestone-count', inputmode: 'numeric' },
  })
  readonly #url = h('input', {
    ...{ type: 'url', required: true, id: 'milestone-url', placeholder: 'https://' },
  })

  constructor(videoId: string, signal: AbortSignal) {
    this.#videoId = videoId
    this.#signal = signal
    this.element = h(
      'section',
      { class: 'panel', 'aria-label': 'Milestones' },
      h('h2', {}, 'Milestones'),
      ...[this.#place, h('div', { class: 'said' }, this.#form()), this.#said],
    )
    const work = async () => {
      await untilInSight(this.element, signal)
      await this.#look()
    }
    void repeat(REFRESH_MS, signal, work, (error) => this.#fail(error))
  }

  async #look(): Promise<void> {
    const { alerts } = await askJson<{ readonly alerts: readonly Alert[] }>(PATH, this.#signal)
    this.element.hidden = false
    this.#show(alerts.filter(({ videoId }) => videoId === this.#videoId))
  }

  #show(alerts: readonly Alert[]): void {
    if (alerts.length === 0) {
      replace(this.#place, h('p', { class: 'empty' }, 'There are no milestones yet.'))
      return
    }
    const acts = h('th', { scope: 'col' }, h('span', { class: 'visually-hidden' }, 'Acts'))
    const head = h('tr', {}, ...COLUMNS.map((name) => h('th', { scope: 'col' }, name)), acts)
    const rows = alerts.map((alert) => this.#row(alert))
    const caption = h('caption', { class: 'visually-hidden' }, 'Who is told of this video, and when')
    replace(this.#place, h('table', {}, caption, h('thead', {}, head), h('tbody', {}, ...rows)))
  }

  #row(alert: Alert): HTMLElement {
    const button = (text: string, act: () => Promise<void>) =>
      h('button', { type: 'button', class: 'quiet', click: () => void this.#try(act) }, text)
    const path = `${PATH}/${encodeURIComponent(alert.id)}`
    const test = button('Test', async () => {
      const { error } = await askJson<{ readonly error: string | null }>(`${path}/test`, this.#signal, {
        method: 'POST',
      })
      setText(this.#said, error ?? 'The receiver took the test.')
    })
    const remove = button('Remove', async () => {
      await ask(path, { method: 'DELETE' }, this.#signal)
      setText(this.#said, 'Removed.')
    })
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, conditionText(alert)),
      ...[soFarText(alert), hostOf(alert.url)].map((text) => h('td', {}, text)),
      h('td', {}, h('div', { class: 'row' }, test, remove)),
    )
  }

  #form(): HTMLElement {
    const submit = (event: Event) => {
      event.preventDefault()
      void this.#try(() => this.#put())
    }
    return h(
      'form',
      { class: 'row acts', submit },
      h('div', { class: 'row' }, h('label', { for: 'milestone-count' }, 'Number of views'), this.#threshold),
      h('div', { class: 'row' }, h('label', { for: 'milestone-url' }, 'Webhook'), this.#url),
      h('button', { type: 'submit', class: 'primary' }, 'Add'),
    )
  }

  async #put(): Promise<void> {
    const threshold = this.#threshold.valueAsNumber
    const body = JSON.stringify({
      ...{ id: `page-${threshold}-${Date.now().toString(36)}`, videoId: this.#videoId, eventType: 'view' },
      ...{ kind: 'passes', thresholds: [threshold], url: this.#url.value },
    })
    const headers = { 'content-type': 'application/json' }
    const { secret } = await askJson<Alert>(PATH, this.#signal, { method: 'PUT', headers, body })
    const words = 'Added. The receiver checks signatures with this secret, which is not shown again:'
    replace(this.#said, h('p', {}, words), command(secret ?? '', 'Secret'))
    this.#threshold.value = ''
  }

  /** Of a button: what went wrong is said where its result would be. */
  async #try(act: () => Promise<void>): Promise<void> {
    try {
      await act()
      await this.#look()
    } catch (error) {
      if (this.#signal.aborted) return
      setText(this.#said, error instanceof ApiError ? error.message : 'It did not work. Load the page again.')
    }
  }

  /** The numbers above say so where a key is wanted; one that only reads may not see alerts. */
  #fail(error: unknown): void {
    const isForOthers = error instanceof ApiError && (error.isAbsent || error.wantsKey)
    if (isForOthers) this.element.hidden = true
    else replace(this.#place, failure(error))
  }
}

function conditionText({ kind, eventType, thresholds, factor, windowMinutes, minutes }: Alert): string {
  switch (kind) {
    case 'passes':
      return `${(thresholds ?? []).map(wholeText).join(', ')} ${eventsText(eventType)}`
    case 'rises':
      return `${factor} times the ${eventsText(eventType)} of the ${windowMinutes} minutes before`
    case 'silent':
      return `no ${eventsText(eventType)} for ${minutes} minutes`
  }
}

function soFarText({ state, disabledReason, milestones }: Alert): string {
  if (state === 'disabled') return disabledReason ?? 'Switched off.'
  const latest = milestones.at(-1)
  if (latest === undefined) return 'Nothing yet'
  const what = latest.threshold === undefined ? '' : `${wholeText(latest.threshold)}: `
  if (latest.deliveredAt !== null) return `${what}told ${momentText(Date.parse(latest.deliveredAt))}`
  return `${what}${latest.lastError ?? 'on its way'}${latest.state === 'given_up' ? ' Given up.' : ''}`
}

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? url
}
