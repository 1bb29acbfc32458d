// The start page: how much is counted right now, all videos together, the most counted and the fastest rising ones, and
// the list of all.

import { keyFor } from './api.ts'
import { BreakdownPanel } from './breakdown/breakdown-panel.ts'
import { FilterBar } from './breakdown/filter-bar.ts'
import { Digits } from './charts/digits.ts'
import { h, replace, setText } from './dom.ts'
import { NOTHING, rangeName, rateText, shownZone } from './format.ts'
import { seemsToSeeAll } from './keys/key-words.ts'
import { askAudit, Rates, sumsOf } from './operators/audit.ts'
import { failure, firstEvent, notice, Segments } from './parts.ts'
import { Picker } from './picker.ts'
import { spansOf } from './ranges/range-report.ts'
import { PRESET_NAMES, PRESETS, type Preset } from './ranges/ranges.ts'
import { ZonePicker } from './ranges/zone-picker.ts'
import { RealtimePanel } from './realtime-panel.ts'
import { repeat } from './repeat.ts'
import type { OverviewRoute } from './route.ts'
import { pageKey } from './shortcuts.ts'
import { SitePanel } from './site-panel.ts'
import { TopLists } from './videos/top-lists.ts'
import { cardOf } from './videos/video-cards.ts'
import { mostCountedOfSite, videosOfSite } from './videos/video-list.ts'
import { VideoTable } from './videos/video-table.ts'
import type { Go, View } from './view.ts'
import { WINDOWS, type Window, windowSpan, windowWords } from './windows.ts'

const RATE_INTERVAL_MS = 2_000
const TYPES = ['view', 'like', 'dislike', 'share'] as const
const UNFILTERED = 'Right now and the list of all videos: all events.'

export class OverviewView implements View<OverviewRoute> {
  readonly element: HTMLElement
  readonly #signal: AbortSignal
  readonly #total = new Digits()
  readonly #headline: HTMLElement
  readonly #counted = h('span', {}, 'events counted')
  readonly #rate = h('strong', {}, NOTHING)
  readonly #windows: Segments<Window>
  readonly #types: Segments<string>
  readonly #zones: ZonePicker
  readonly #periods: Picker<Preset>
  readonly #realtime: RealtimePanel
  readonly #filters: FilterBar
  readonly #site: SitePanel
  readonly #tops: TopLists
  readonly #breakdown: BreakdownPanel
  readonly #videos: VideoTable
  readonly #welcome = h('div', { class: 'trouble' })
  readonly #rates = new Rates<'counted'>()
  #route: OverviewRoute

  constructor(route: OverviewRoute, go: Go, signal: AbortSignal) {
    this.#route = route
    this.#signal = signal
    const change = (change: Partial<OverviewRoute>) => go({ ...this.#route, ...change })
    this.#realtime = new RealtimePanel(signal)
    this.#site = new SitePanel((table) => change({ table }), signal)
    this.#tops = new TopLists(signal)
    this.#filters = new FilterBar((where) => change({ where }), UNFILTERED)
    this.#breakdown = new BreakdownPanel('v1/site', change, signal)
    this.#windows = new Segments('Window', (window) => change({ window }))
    this.#types = new Segments('Type', (type) => change({ type }))
    this.#zones = new ZonePicker((zone) => change({ zone }))
    this.#periods = new Picker('Counts of', (period) => change({ period, at: 1 }))
    this.#videos = new VideoTable(
      {
        title: 'All videos',
        columns: ['title', 'channel', 'published'],
        videos: videosOfSite,
        highest: mostCountedOfSite,
        onChange: change,
        tools: [this.#periods.element],
        nothing: untitled,
      },
      signal,
    )
    this.#headline = this.#head()
    this.element = this.#build()
    const onKey = (event: KeyboardEvent) => {
      const window = WINDOWS[Number(pageKey(event) ?? '0') - 1]
      if (window !== undefined) change({ window })
    }
    document.addEventListener('keydown', onKey, { signal })
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
    const { window, type, zone, period } = route
    this.#windows.set(
      WINDOWS.map((value) => ({ value, ...windowWords(value) })),
      window,
    )
    const types = [...new Set<string>([...TYPES, type])]
    this.#types.set(
      types.map((value) => ({ value, label: cardOf(value, 'count').label })),
      type,
    )
    this.#zones.set(shownZone())
    this.#periods.set(
      PRESET_NAMES.map((value) => ({ value, label: PRESETS[value].name })),
      period,
    )
    this.#realtime.update(type)
    this.#filters.set(route.where)
    this.#site.update(route)
    this.#tops.update(route)
    this.#breakdown.update({
      ...{ videoId: 'my-video', type, measure: 'count', dimension: route.dimension, where: route.where },
      ...{ rangeName: windowWords(window).name, key: JSON.stringify([window, shownZone()]) },
      spanAt: (nowMs) => windowSpan(window, nowMs, shownZone()),
    })
    this.#videos.update({
      ...{ sort: route.sort, at: route.at, columns: route.columns },
      ...{ zone, rangeName: rangeName(period) },
      ...spansOf({ range: period, granularity: null }),
    })
    return true
  }

  #head(): HTMLElement {
    const side = h(
      'span',
      { class: 'headline-side' },
      this.#counted,
      h('span', { class: 'rate' }, this.#rate, ' events/s'),
    )
    const head = h('p', { class: 'headline' }, this.#total.element, side)
    head.hidden = !seemsToSeeAll(keyFor('api')) // else all below it would move when the server has answered
    return head
  }

  #build(): HTMLElement {
    return h(
      'div',
      { class: 'overview' },
      h('h1', { class: 'visually-hidden' }, 'Overview'),
      this.#headline,
      h('div', { class: 'right-now' }, this.#welcome, this.#realtime.element),
      h(
        'div',
        { class: 'controls' },
        h('div', { class: 'controls-group' }, this.#windows.element, this.#types.element),
        this.#zones.element,
      ),
      ...[this.#filters.element, this.#site.element, this.#tops.element],
      ...[this.#breakdown.element, this.#videos.element],
    )
  }

  async #count(): Promise<void> {
    const { scope, ledger } = await askAudit(this.#signal)
    this.#headline.hidden = scope === 'tenant' // only admins see the total
    if (scope === 'tenant') return
    const { counted, events } = sumsOf(ledger)
    const what = counted === 1 ? 'event counted' : 'events counted'
    this.#total.set(counted, what)
    setText(this.#counted, what)
    const rate = this.#rates.add(Date.now(), { counted }).counted
    setText(this.#rate, rate === null ? NOTHING : rateText(rate))
    if (events > 0) replace(this.#welcome)
    else if (this.#welcome.childElementCount === 0) {
      replace(this.#welcome, notice('No events yet. Send one:', firstEvent('my-video')))
    }
  }
}

function untitled(): HTMLElement {
  const how = h('code', {}, 'PUT /v1/videos/{videoId}')
  return h(
    'p',
    { class: 'empty' },
    'Videos are listed here as soon as they have titles: ',
    how,
    ' gives them.',
  )
}
