// All videos together through the window of the overview: their number, its chart, and how far it goes.
import { askJson, type Stats, timeZone, whereThere } from './api.ts'
import { Badge } from './badge.ts'
import { Chart, type ChartWords } from './chart.ts'
import { h, replace, setText } from './dom.ts'
import { markText, NOTHING, periodText, shortValueText, valueText, wholeText } from './format.ts'
import { failure } from './parts.ts'
import { HOUR_MS, MINUTE_MS } from './ranges.ts'
import { repeat } from './repeat.ts'
import { type OverviewRoute, TOP_WINDOWS, type TopWindow } from './route.ts'
import { cardOf } from './video-cards.ts'

/** The server counts the newest hours anew for each question. */
const REFRESH_MS = 10_000
const CUTS: Readonly<Record<TopWindow, 'PT1M' | 'PT15M'>> = { '1h': 'PT1M', '6h': 'PT15M', '24h': 'PT15M' }

export class SitePanel {
  readonly element: HTMLElement
  readonly #heading = h('h2', {})
  readonly #total = h('strong', { class: 'site-total' }, NOTHING)
  readonly #badge = new Badge()
  readonly #chart: Chart
  readonly #place = h('div', { class: 'course', 'aria-busy': 'true' })
  readonly #signal: AbortSignal
  #asking = new AbortController()

  constructor(signal: AbortSignal) {
    this.#signal = signal
    this.#chart = new Chart(signal)
    this.element = h(
      'section',
      { class: 'panel site', 'aria-label': 'All videos' },
      h('div', { class: 'site-head' }, this.#heading, this.#total, this.#badge.element),
      this.#place,
    )
  }

  update(route: OverviewRoute): void {
    const { label } = cardOf(route.type, 'count')
    setText(this.#heading, `${label} of all videos, last ${TOP_WINDOWS[route.window]} h`)
    this.#asking.abort()
    this.#asking = new AbortController()
    const signal = AbortSignal.any([this.#signal, this.#asking.signal])
    const work = async () => this.#show(route, label, await askSite(route, signal))
    void repeat(REFRESH_MS, signal, work, (error) => this.#fail(error))
  }

  #show({ window }: OverviewRoute, label: string, stats: Stats | null): void {
    this.element.hidden = stats === null
    if (stats === null) return
    this.#place.setAttribute('aria-busy', 'false')
    setText(this.#total, wholeText(stats.value ?? 0))
    this.#badge.set(stats.meta)
    if (!this.#chart.element.isConnected) replace(this.#place, this.#chart.element)
    const words: ChartWords = {
      name: `${label} of all videos, last ${TOP_WINDOWS[window]} hours`,
      period: (time) => periodText(time, 'PT1M'),
      value: (value) => valueText(value, 'count'),
      shortValue: (value) => shortValueText(value, 'count'),
      mark: (time) => markText(time, 'PT1M'),
    }
    const series = stats.series ?? []
    const [times, values] = [series.map(({ time }) => Date.parse(time)), series.map(({ value }) => value)]
    this.#chart.draw({ times, values, previous: null, open: true }, words)
  }

  #fail(error: unknown): void {
    this.#place.setAttribute('aria-busy', 'false')
    if (this.#chart.element.isConnected) this.#badge.lose()
    else replace(this.#place, failure(error))
  }
}

/** Null if the server has no such route. */
function askSite({ window, type }: OverviewRoute, signal: AbortSignal): Promise<Stats | null> {
  const endMs = Math.ceil(Date.now() / MINUTE_MS) * MINUTE_MS
  const query = new URLSearchParams({
    ...{ eventType: type, function: 'count', granularity: CUTS[window], timeZone },
    startTime: new Date(endMs - TOP_WINDOWS[window] * HOUR_MS).toISOString(),
    endTime: new Date(endMs).toISOString(),
  })
  return whereThere(askJson<Stats>(`v1/site/stats?${query}`, signal))
}
