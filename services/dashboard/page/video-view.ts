// One video: its live count, the numbers of a range, and their charts.
import { ApiError, askCsv, askStats, askSummary, type Meta, type Stats, type Summary } from './api.ts'
import { Badge } from './badge.ts'
import { BreakdownPanel } from './breakdown-panel.ts'
import { Chart, type ChartWords, type Course } from './chart.ts'
import { CourseTable } from './course-table.ts'
import { Digits } from './digits.ts'
import { h, replace, saveAs, setText } from './dom.ts'
import { durationText, markText, periodText, shortValueText, valueText, wholeText } from './format.ts'
import { followCount, type LiveCount } from './live.ts'
import { failure, firstEvent, legendKey, notice, Segments } from './parts.ts'
import {
  GRANULARITY_LABELS,
  type Granularity,
  granularitiesFor,
  PRESETS,
  previousSpan,
  RANGES,
  type Range,
  type Span,
  spanOf,
} from './ranges.ts'
import { rememberVideo } from './recent-videos.ts'
import { repeat } from './repeat.ts'
import type { VideoRoute } from './route.ts'
import { pageKey } from './shortcuts.ts'
import { Cards, cardOf } from './video-cards.ts'
import type { Go, View } from './view.ts'

type Answers = {
  readonly span: Span
  readonly granularity: Granularity
  readonly choices: readonly Granularity[]
  readonly summary: Summary
  readonly stats: Stats
  readonly before: { readonly summary: Summary; readonly stats: Stats } | null
  /** Something was ever counted of the video, or it has a title. */
  readonly isKnown: boolean
}

const REFRESH_MS: Readonly<Record<Range, number>> = {
  ...{ '1h': 3_000, '24h': 5_000, '7d': 10_000 },
  ...{ '30d': 20_000, '1y': 30_000, all: 10_000 },
}

export class VideoView implements View<VideoRoute> {
  readonly element: HTMLElement
  readonly #signal: AbortSignal
  readonly #go: Go
  readonly #title = h('h1', {})
  readonly #about = h('p', { class: 'about' })
  readonly #digits = new Digits()
  readonly #unit = h('span', { class: 'headline-unit' })
  readonly #pulse = h('span', { class: 'pulse' })
  readonly #viewers = h('span', { class: 'viewers' })
  readonly #badge = new Badge()
  readonly #cards: Cards
  readonly #ranges: Segments<Range>
  readonly #granularities: Segments<Granularity>
  readonly #compare: HTMLInputElement
  readonly #table: HTMLInputElement
  readonly #chart: Chart
  readonly #courseTable = new CourseTable()
  readonly #place = h('div', { class: 'course', 'aria-busy': 'true' })
  readonly #heading = h('h2', {})
  readonly #legend = h('p', { class: 'legend' })
  readonly #breakdown: BreakdownPanel
  #isKnown = true
  #shown: { readonly span: Span; readonly granularity: Granularity } | null = null
  #route: VideoRoute
  #loading = new AbortController()
  #following = new AbortController()

  constructor(route: VideoRoute, go: Go, signal: AbortSignal) {
    this.#route = route
    this.#go = go
    this.#signal = signal
    this.#chart = new Chart(signal)
    this.#cards = new Cards(({ type, measure }) => this.#change({ type, measure }))
    this.#ranges = new Segments('Range', (range) => this.#change({ range, granularity: null }))
    this.#granularities = new Segments('Cut by', (granularity) => this.#change({ granularity }))
    this.#compare = toggle(() => this.#change({ compare: this.#compare.checked }))
    this.#table = toggle(() => this.#change({ table: this.#table.checked }))
    this.#breakdown = new BreakdownPanel((dimension) => this.#change({ dimension }), signal)
    this.element = this.#build()
    document.addEventListener('keydown', (event) => this.#chooseByDigit(event), { signal })
    setText(this.#title, route.videoId)
    setText(this.#about, ' ')
    this.#follow()
    this.update(route)
  }

  update(route: VideoRoute): boolean {
    if (route.videoId !== this.#route.videoId) return false
    const typeChanged = route.type !== this.#route.type
    this.#route = route
    this.#ranges.set(
      RANGES.map((value) => ({ value, label: PRESETS[value].label, name: PRESETS[value].name })),
      route.range,
    )
    this.#cards.choose(cardOf(route.type, route.measure))
    this.#compare.checked = route.compare
    this.#compare.disabled = PRESETS[route.range].length === null
    this.#table.checked = route.table
    if (typeChanged) this.#follow()
    this.#load()
    this.#breakdown.update(route)
    return true
  }

  #chooseByDigit(event: KeyboardEvent): void {
    const range = RANGES[Number(pageKey(event) ?? '0') - 1]
    if (range !== undefined) this.#change({ range, granularity: null })
  }

  #change(change: Partial<VideoRoute>): void {
    this.#go({ ...this.#route, ...change })
  }

  #build(): HTMLElement {
    const controls = h(
      'div',
      { class: 'controls' },
      ...[this.#ranges.element, this.#granularities.element, h('span', { class: 'spring' })],
      h('label', { class: 'toggle' }, this.#compare, 'Compare'),
      h('label', { class: 'toggle' }, this.#table, 'Table'),
      h('button', { type: 'button', class: 'quiet', click: () => void this.#download() }, 'CSV'),
    )
    const headline = h(
      'p',
      { class: 'headline' },
      this.#digits.element,
      h('span', { class: 'headline-side' }, this.#pulse, this.#unit, this.#viewers),
    )
    return h(
      'div',
      { class: 'video' },
      h('header', { class: 'video-head' }, h('div', {}, this.#title, this.#about), this.#badge.element),
      ...[headline, controls, this.#cards.element],
      h(
        'section',
        { class: 'panel', 'aria-label': 'Course through time' },
        this.#heading,
        this.#place,
        this.#legend,
      ),
      this.#breakdown.element,
    )
  }

  #follow(): void {
    this.#following.abort()
    this.#following = new AbortController()
    const { videoId, type } = this.#route
    const signal = AbortSignal.any([this.#signal, this.#following.signal])
    const onLost = () => this.#showPulse('lost')
    void followCount(videoId, type, (count) => this.#showCount(type, count), onLost, signal)
  }

  #showCount(type: string, { count, viewers, pushed }: LiveCount): void {
    // Of all time the number is the one of the cards, so that a screen never shows two moments of it.
    if (this.#route.range !== 'all') this.#showTotal(type, count)
    if (count > 0 && !this.#isKnown) this.#load()
    this.#showPulse(pushed ? 'pushed' : 'polled')
    setText(this.#viewers, viewers === null || viewers === 0 ? '' : `${wholeText(viewers)} watching now`)
  }

  #showTotal(type: string, count: number): void {
    const unit = `${namesOf(type, count)}, all time`
    this.#digits.set(count, unit)
    setText(this.#unit, unit)
  }

  /** What the chart shows, as the server gives it to spreadsheets. */
  async #download(): Promise<void> {
    if (this.#shown === null) return
    const { videoId, type, measure, range } = this.#route
    const { span, granularity } = this.#shown
    try {
      const table = await askCsv(videoId, type, measure, span, granularity, this.#signal)
      saveAs(`${videoId}-${type}-${range}.csv`, table)
    } catch (error) {
      if (!this.#signal.aborted) this.#fail(error)
    }
  }

  #showPulse(state: keyof typeof PULSE_WORDS): void {
    this.#pulse.dataset.state = state
    setText(this.#pulse, PULSE_WORDS[state])
  }

  #load(): void {
    this.#loading.abort()
    this.#loading = new AbortController()
    const signal = AbortSignal.any([this.#signal, this.#loading.signal])
    const route = this.#route
    this.#place.setAttribute('aria-busy', 'true')
    const work = async () => this.#show(route, await answersTo(route, signal))
    void repeat(REFRESH_MS[route.range], signal, work, (error) => this.#fail(error))
  }

  #show(route: VideoRoute, answers: Answers): void {
    const { granularity, choices, summary, stats, before, isKnown } = answers
    this.#place.setAttribute('aria-busy', 'false')
    this.#shown = { span: answers.span, granularity }
    this.#isKnown = isKnown
    this.element.toggleAttribute('data-unknown', !isKnown)
    if (!isKnown) {
      this.#badge.hide()
      this.#describe(route.videoId, stats)
      this.#keepUnknown(route.videoId)
      return
    }
    if (route.range === 'all') this.#showTotal(route.type, summary.types[route.type]?.count ?? 0)
    this.#granularities.set(
      choices.map((value) => ({ value, label: GRANULARITY_LABELS[value] })),
      granularity,
    )
    this.#granularities.element.hidden = choices.length < 2
    this.#describe(route.videoId, stats)
    this.#badge.set(worstOf(stats.meta, summary.meta))
    this.#cards.set(summary, before?.summary ?? null)
    const { label } = cardOf(route.type, route.measure)
    const words: ChartWords = {
      name: `${label}, ${PRESETS[route.range].name}, by ${GRANULARITY_LABELS[granularity].toLowerCase()}`,
      period: (time) => periodText(time, granularity),
      value: (value) => valueText(value, route.measure),
      mark: (time) => markText(time, granularity),
      shortValue: (value) => shortValueText(value, route.measure),
    }
    setText(this.#heading, words.name)
    const course = courseOf(stats, before?.stats ?? null)
    replace(this.#legend, ...keysOf(label, route, before !== null))
    this.#draw(route, summary, course, words)
  }

  #draw(route: VideoRoute, summary: Summary, course: Course, words: ChartWords): void {
    const counted = isCounted(summary)
    const shown = route.table ? this.#courseTable : this.#chart
    this.#keep(counted ? shown.element : nothingOf(route))
    if (counted) shown.draw(course, words)
  }

  #keepUnknown(videoId: string): void {
    if (this.#place.firstElementChild?.classList.contains('unknown') !== true) {
      replace(this.#place, unknownVideo(videoId))
    }
  }

  /** Existing parts are left unchanged. */
  #keep(element: HTMLElement): void {
    if (this.#place.firstChild !== element) replace(this.#place, element)
  }

  #describe(videoId: string, { video }: Stats): void {
    setText(this.#title, video?.title ?? videoId)
    const length = typeof video?.durationSeconds === 'number' ? durationText(video.durationSeconds) : null
    const parts = [video?.channel, length, video?.title === undefined ? null : videoId]
    setText(this.#about, parts.filter(Boolean).join(' · ') || ' ')
    rememberVideo(videoId, video?.title)
  }

  #fail(error: unknown): void {
    this.#place.setAttribute('aria-busy', 'false')
    const shown = [this.#chart.element, this.#courseTable.element].find((one) => one.isConnected)
    const isLost = error instanceof ApiError && !error.wantsKey && error.status !== 400
    if (shown === undefined || !isLost) this.#keep(failure(error))
    else {
      this.#badge.lose()
      this.#showPulse('lost')
    }
  }
}

const PULSE_WORDS = { pushed: 'live', polled: 'every 2 s', lost: 'Connection lost. Retrying…' } as const

async function answersTo(route: VideoRoute, signal: AbortSignal): Promise<Answers> {
  const { videoId, range, type, measure } = route
  const nowMs = Date.now()
  const whole = range === 'all' ? await askSummary(videoId, { startMs: null, endMs: nowMs }, signal) : null
  const length = whole === null ? null : Date.parse(whole.endTime) - Date.parse(whole.startTime)
  const choices = granularitiesFor(range, length)
  const asked = route.granularity
  const granularity = asked !== null && choices.includes(asked) ? asked : choices[0]!
  const span = spanOf(range, granularity, nowMs)
  const both = async (span: Span, summary: Summary | null) => {
    const [stats, other] = await Promise.all([
      askStats(videoId, type, measure, span, granularity, signal),
      summary ?? askSummary(videoId, span, signal),
    ])
    return { stats, summary: other }
  }
  const earlier = route.compare ? previousSpan(range, span) : null
  const [now, before] = await Promise.all([both(span, whole), earlier === null ? null : both(earlier, null)])
  return {
    granularity,
    choices: PRESETS[range].granularities.filter((one) => choices.includes(one)),
    ...now,
    ...{ before, span },
    isKnown: now.stats.video !== undefined || isCounted(now.summary) || (await wasCounted(videoId, signal)),
  }
}

async function wasCounted(videoId: string, signal: AbortSignal): Promise<boolean> {
  return isCounted(await askSummary(videoId, { startMs: null, endMs: Date.now() }, signal))
}

function isCounted({ types }: Summary): boolean {
  return Object.values(types).some(({ count }) => count > 0)
}

function courseOf({ series = [] }: Stats, before: Stats | null): Course {
  return {
    times: series.map(({ time }) => Date.parse(time)),
    values: series.map(({ value }) => value),
    previous: before === null ? null : series.map((_, at) => before.series?.[at]?.value ?? null),
    open: true,
  }
}

/** Merges the `meta` of two answers from different moments: the more careful values hold. */
function worstOf(a: Meta, b: Meta): Meta {
  return {
    asOf: a.asOf === null || b.asOf === null ? null : [a.asOf, b.asOf].sort()[0]!,
    complete: a.complete && b.complete,
    reconciled: a.reconciled && b.reconciled,
    stale: a.stale || b.stale,
  }
}

function unknownVideo(videoId: string): HTMLElement {
  const find = () => document.querySelector<HTMLElement>('#search input')?.focus()
  return h(
    'div',
    { class: 'notice unknown' },
    h('p', { class: 'notice-title' }, 'Nothing is known of this video.'),
    h('p', {}, 'No event has named it yet, and it has no title. Is the id right?'),
    h('p', {}, h('button', { type: 'button', class: 'primary', click: find }, 'Find a video')),
    h('p', {}, 'Or send its first event:'),
    firstEvent(videoId),
  )
}

function nothingOf({ videoId, range, type }: VideoRoute): HTMLElement {
  if (range === 'all') return notice('No events of this video yet. Send one:', firstEvent(videoId))
  return notice(
    `No events in this range.`,
    h('p', {}, `There are no ${namesOf(type)} in the ${PRESETS[range].name}. Choose a longer range.`),
  )
}

function keysOf(label: string, { range }: VideoRoute, compared: boolean): HTMLElement[] {
  return [
    legendKey('solid', label),
    ...(compared ? [legendKey('dashed', `the ${PRESETS[range].label} before`)] : []),
    legendKey('dotted', 'in progress'),
  ]
}

function namesOf(type: string, count = 2): string {
  const plural = count === 1 ? '' : 's'
  return ['view', 'like', 'dislike', 'share'].includes(type) ? `${type}${plural}` : `“${type}” event${plural}`
}

function toggle(onChange: () => void): HTMLInputElement {
  return h('input', { type: 'checkbox', role: 'switch', change: onChange })
}
