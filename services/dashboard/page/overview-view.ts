// The start page: how much is counted right now, and the most counted and fastest rising videos.
import { askJson, postJson, type VideoInfo, whereThere } from './api.ts'
import { askAudit, Rates, sumsOf } from './audit.ts'
import { Digits } from './digits.ts'
import { h, replace, setText } from './dom.ts'
import { changeText, NOTHING, rateText, wholeText } from './format.ts'
import { failure, firstEvent, moveAmong, notice, panel, Segments } from './parts.ts'
import { HOUR_MS, MINUTE_MS } from './ranges.ts'
import { recentVideos } from './recent-videos.ts'
import { repeat } from './repeat.ts'
import { formatRoute, type OverviewRoute, TOP_WINDOWS, type TopWindow, VIDEO_DEFAULTS } from './route.ts'
import { SitePanel } from './site-panel.ts'
import { sparkline } from './sparkline.ts'
import { cardOf } from './video-cards.ts'
import type { Go, View } from './view.ts'

type TopVideo = {
  readonly videoId: string
  readonly count: number
  readonly previous?: number
  readonly change?: number
  readonly video?: VideoInfo
}
type TopAnswer = { readonly videos: readonly TopVideo[] }
type Courses = ReadonlyMap<string, readonly (number | null)[]>
type QueryAnswer = {
  readonly rows: readonly {
    readonly videoId?: string
    readonly series?: readonly { readonly values: { readonly count: number | null } }[]
  }[]
}

const RATE_INTERVAL_MS = 2_000
const LISTS_INTERVAL_MS = 5_000
const ROWS = 10
const TYPES = ['view', 'like', 'dislike', 'share'] as const

export class OverviewView implements View<OverviewRoute> {
  readonly element: HTMLElement
  readonly #signal: AbortSignal
  readonly #total = new Digits()
  readonly #rate = h('strong', {}, NOTHING)
  readonly #windows: Segments<TopWindow>
  readonly #types: Segments<string>
  readonly #site: SitePanel
  readonly #lists = h('div', { class: 'lists' })
  readonly #welcome = h('div', { class: 'trouble' })
  readonly #rates = new Rates<'counted'>()
  #listing = new AbortController()
  #route: OverviewRoute

  constructor(route: OverviewRoute, go: Go, signal: AbortSignal) {
    this.#route = route
    this.#signal = signal
    this.#site = new SitePanel(signal)
    this.#windows = new Segments('Window', (window) => go({ ...this.#route, window }))
    this.#types = new Segments('Type', (type) => go({ ...this.#route, type }))
    this.element = h(
      'div',
      { class: 'overview' },
      h('h1', { class: 'visually-hidden' }, 'Overview'),
      h(
        'p',
        { class: 'headline' },
        this.#total.element,
        h('span', { class: 'headline-side' }, h('span', {}, 'events counted'), this.#rateLine()),
      ),
      this.#welcome,
      h('div', { class: 'controls' }, this.#windows.element, this.#types.element),
      this.#site.element,
      this.#lists,
    )
    replace(this.#lists, skeletonList('Most counted'), skeletonList('Rising'))
    void repeat(
      RATE_INTERVAL_MS,
      signal,
      () => this.#count(),
      (error) => replace(this.#welcome, failure(error)),
    )
    this.update(route)
  }

  update(route: OverviewRoute): boolean {
    this.#route = route
    const windows = Object.keys(TOP_WINDOWS) as TopWindow[]
    this.#windows.set(
      windows.map((value) => ({
        value,
        label: `${TOP_WINDOWS[value]} h`,
        name: `last ${TOP_WINDOWS[value]} hours`,
      })),
      route.window,
    )
    const types = [...new Set<string>([...TYPES, route.type])]
    this.#types.set(
      types.map((value) => ({ value, label: cardOf(value, 'count').label })),
      route.type,
    )
    this.#site.update(route)
    this.#listing.abort()
    this.#listing = new AbortController()
    const signal = AbortSignal.any([this.#signal, this.#listing.signal])
    const onError = (error: unknown) => replace(this.#lists, failure(error))
    void repeat(LISTS_INTERVAL_MS, signal, () => this.#list(route, signal), onError)
    return true
  }

  #rateLine(): HTMLElement {
    return h('span', { class: 'rate' }, this.#rate, ' events/s')
  }

  async #count(): Promise<void> {
    const { scope, ledger } = await askAudit(this.#signal)
    if (scope === 'tenant') return // only admins see the total
    const { counted, events } = sumsOf(ledger)
    this.#total.set(counted, 'events counted')
    const rate = this.#rates.add(Date.now(), { counted }).counted
    setText(this.#rate, rate === null ? NOTHING : rateText(rate))
    if (events > 0) replace(this.#welcome)
    else if (this.#welcome.childElementCount === 0) {
      replace(this.#welcome, notice('No events yet. Send one:', firstEvent('my-video')))
    }
  }

  async #list(route: OverviewRoute, signal: AbortSignal): Promise<void> {
    const endMs = Math.ceil(Date.now() / MINUTE_MS) * MINUTE_MS // the server widens it in the same way
    const range = {
      startTime: new Date(endMs - TOP_WINDOWS[route.window] * HOUR_MS).toISOString(),
      endTime: new Date(endMs).toISOString(),
    }
    const ask = (order: 'count' | 'rising') => {
      const query = new URLSearchParams({ eventType: route.type, ...range, limit: String(ROWS), order })
      return whereThere(askJson<TopAnswer>(`v1/top?${query}`, signal))
    }
    const [top, rising] = await Promise.all([ask('count'), ask('rising')])
    if (top === null || rising === null) return replace(this.#lists, recentList())
    const videoIds = [...new Set([...top.videos, ...rising.videos].map(({ videoId }) => videoId))]
    const granularity = route.window === '24h' ? 'PT1H' : 'PT1M'
    const courses = await coursesOf({ ...range, videoIds, eventTypes: [route.type], granularity }, signal)
    this.#showList(0, list('Most counted', top.videos, courses, route))
    this.#showList(1, list('Rising', rising.videos, courses, route))
  }

  /** The focused row stays focused. */
  #showList(at: number, next: HTMLElement): void {
    const focused = document.activeElement?.getAttribute('href')
    const shown = this.#lists.children[at]
    const held = shown?.contains(document.activeElement) === true
    if (shown === undefined) this.#lists.append(next)
    else shown.replaceWith(next)
    if (held) next.querySelector<HTMLElement>(`a[href="${CSS.escape(focused ?? '')}"]`)?.focus()
  }
}

/** Without an answer the lists are shown without them instead of failing. */
async function coursesOf(
  question: { readonly videoIds: readonly string[] } & Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<Courses> {
  if (question.videoIds.length === 0) return new Map()
  const body = { ...question, functions: ['count'], groupBy: ['video'] }
  const answer = await postJson<QueryAnswer>('v1/query', body, signal).catch(() => null)
  signal.throwIfAborted()
  return new Map(
    (answer?.rows ?? []).map(({ videoId = '', series = [] }) => [
      videoId,
      series.slice(0, -1).map(({ values }) => values.count), // the last one is unfinished
    ]),
  )
}

function list(
  title: string,
  videos: readonly TopVideo[],
  courses: Courses,
  { type }: OverviewRoute,
): HTMLElement {
  if (videos.length === 0) {
    return panel(title, h('p', { class: 'empty' }, `No ${type} events in this window. Choose a longer one.`))
  }
  const rows = videos.map(({ videoId, count, previous, video }, at) =>
    h(
      'li',
      {},
      h(
        'a',
        { class: 'row', href: formatRoute({ ...VIDEO_DEFAULTS, videoId, type }) },
        h('span', { class: 'rank', 'aria-hidden': 'true' }, String(at + 1)),
        h(
          'span',
          { class: 'names' },
          h('span', {}, video?.title ?? videoId),
          h('small', {}, video?.channel ?? ''),
        ),
        sparkline(courses.get(videoId) ?? []),
        h(
          'span',
          { class: 'amounts' },
          h('span', {}, wholeText(count)),
          previous !== undefined &&
            h('small', { 'data-way': count >= previous ? 'up' : 'down' }, changeText(count, previous)),
        ),
      ),
    ),
  )
  return panel(title, h('ol', { class: 'videos', keydown: moveAmong }, ...rows))
}

function skeletonList(title: string): HTMLElement {
  const row = () => h('li', {}, h('span', { class: 'row skeleton' }))
  return panel(
    title,
    h('ol', { class: 'videos', 'aria-hidden': 'true' }, ...Array.from({ length: ROWS }, row)),
  )
}

function recentList(): HTMLElement {
  const rows = recentVideos().map(({ videoId, title }) =>
    h(
      'li',
      {},
      h('a', { class: 'row', href: formatRoute({ ...VIDEO_DEFAULTS, videoId }) }, title ?? videoId),
    ),
  )
  const words = 'This server keeps no top lists. Find a video by its id: press /.'
  return panel(
    'Looked at lately',
    h('p', { class: 'empty' }, words),
    h('ol', { class: 'videos', keydown: moveAmong }, ...rows),
  )
}
