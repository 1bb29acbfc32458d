// A list of videos with what was counted of each: the numbers of one's choice, sorted by any column, page by page.

import { h, replace, setText, untilInSight } from '../dom.ts'
import { dateText, NOTHING, valueText, wholeText } from '../format.ts'
import { failure } from '../parts.ts'
import type { Span } from '../ranges/ranges.ts'
import { MINUTE_MS } from '../ranges/zones.ts'
import { repeat } from '../repeat.ts'
import { CHANNEL_DEFAULTS, formatRoute, type Listing, type SortKey, VIDEO_DEFAULTS } from '../route.ts'
import { ColumnPicker } from './column-picker.ts'
import { areUsual, isCounted, METRICS, type Metric, typesOf } from './columns.ts'
import { countedRows, noteText, oldestOf } from './counted-rows.ts'
import { ownMetrics } from './own-columns.ts'
import { countsOf, type ListedVideo, type VideoList } from './video-list.ts'
import { nextSort, ordered, PAGE_ROWS, pageOf, type Row, sortKeyOf } from './video-order.ts'

export type VideoTableOptions = {
  readonly title: string
  /** What stands before the numbers. */
  readonly columns: readonly Exclude<SortKey, Metric>[]
  readonly videos: (signal: AbortSignal) => Promise<VideoList>
  /** Where there are more than are listed: the highest ones by a number; null if that cannot be told. */
  readonly highest?: (
    metric: Metric,
    span: Span,
    signal: AbortSignal,
  ) => Promise<readonly ListedVideo[] | null>
  readonly onChange: (change: Partial<Listing>) => void
  /** Where it is given, the list does not wait until it is in sight. */
  readonly onListed?: (list: VideoList) => void
  /** Beside the title. */
  readonly tools?: readonly HTMLElement[]
  /** Instead of a list without videos. */
  readonly nothing: (list: VideoList) => HTMLElement
}

export type VideoTableChoice = Listing & {
  readonly zone: string | null
  readonly rangeName: string
  /** Of the span: another one is counted anew. */
  readonly key: string
  readonly spanAt: (nowMs: number) => Span
}

/** All rows of one span; not every row is as old as the others. */
type Counted = {
  readonly key: string
  readonly types: readonly string[]
  readonly rangeName: string
  readonly rows: readonly Row[]
  readonly areMost: boolean
}

/** What is shown is counted anew; the rest when another page, order or span is chosen, and now and then. */
const REFRESH_MS = 15_000
/** The order is by counts that are hardly older than this. */
const REFRESH_ALL_MS = 5 * MINUTE_MS
const LABELS: Readonly<Record<SortKey, string>> = {
  ...{ title: 'Video', channel: 'Channel', published: 'Published' },
  ...{ views: 'Views', likes: 'Likes', dislikes: 'Dislikes', shares: 'Shares', time: 'Watch time' },
}

export class VideoTable {
  readonly element: HTMLElement
  readonly #options: VideoTableOptions
  readonly #signal: AbortSignal
  readonly #heads = new Map<SortKey, HTMLElement>()
  readonly #caption = h('caption', { class: 'visually-hidden' })
  readonly #body = h('tbody', {})
  readonly #headRow = h('tr', {})
  readonly #table: HTMLElement
  readonly #picker: ColumnPicker
  readonly #place = h('div', { class: 'table-place' })
  readonly #pager = new Pager((at) => this.#options.onChange({ at }))
  readonly #note = h('p', { class: 'legend' })
  #list: VideoList | null = null
  #counted: Counted | null = null
  #highest: readonly ListedVideo[] | null = null
  #isLost = false
  #metrics: readonly Metric[] = []
  #choice: VideoTableChoice | null = null
  #asked = ''
  #counting = new AbortController()

  constructor(options: VideoTableOptions, signal: AbortSignal) {
    this.#options = options
    this.#signal = signal
    this.#table = h(
      'table',
      { class: 'video-table' },
      this.#caption,
      h('thead', {}, this.#headRow),
      this.#body,
    )
    this.#picker = new ColumnPicker(LABELS, (columns) => options.onChange({ columns }))
    const own = [...(options.tools ?? []), ...this.#picker.elements]
    const tools = h('div', { class: 'tools' }, ...own, this.#pager.element)
    this.#setColumns(ownMetrics())
    replace(this.#body, ...Array.from({ length: PAGE_ROWS / 2 }, () => skeleton(this.#columns.length)))
    replace(this.#place, this.#table)
    this.element = h(
      'section',
      { class: 'panel videos-panel', 'aria-label': options.title },
      h('div', { class: 'panel-head' }, h('h2', {}, options.title), tools),
      ...[this.#place, this.#note],
    )
  }

  update(choice: VideoTableChoice): void {
    this.#choice = choice
    this.#setColumns(choice.columns ?? ownMetrics())
    this.#draw()
    const asked = JSON.stringify([choice.key, this.#types, choice.sort, choice.at])
    if (asked === this.#asked) return
    this.#asked = asked
    this.#counting.abort()
    this.#counting = new AbortController()
    const signal = AbortSignal.any([this.#signal, this.#counting.signal])
    this.#place.setAttribute('aria-busy', String(choice.key !== this.#counted?.key || !this.#hasAll))
    let allAtMs = Number.NEGATIVE_INFINITY
    const work = async () => {
      if (this.#options.onListed !== undefined) await this.#listed(signal)
      await untilInSight(this.element, signal)
      const nowMs = Date.now()
      const all = nowMs - allAtMs >= REFRESH_ALL_MS
      await this.#count(choice, all, signal)
      if (all) allAtMs = nowMs
    }
    void repeat(REFRESH_MS, signal, work, (error) => this.#fail(error))
  }

  get #columns(): readonly SortKey[] {
    return [...this.#options.columns, ...this.#metrics]
  }

  /** Of the events that are counted for what is chosen. */
  get #types(): readonly string[] {
    return typesOf(this.#metrics, this.#choice === null ? '' : sortKeyOf(this.#choice.sort))
  }

  get #hasAll(): boolean {
    return this.#types.every((type) => this.#counted?.types.includes(type) ?? false)
  }

  #setColumns(metrics: readonly Metric[]): void {
    if (metrics.join() === this.#metrics.join()) return
    this.#metrics = metrics
    this.#picker.set(metrics)
    this.#heads.clear()
    replace(this.#headRow, ...this.#columns.map((key) => this.#head(key)))
    // What somebody chose is shown on a narrow screen too.
    this.#table.toggleAttribute('data-chosen', !areUsual(metrics))
  }

  async #listed(signal: AbortSignal): Promise<VideoList> {
    if (this.#list === null) {
      this.#list = await this.#options.videos(signal)
      this.#options.onListed?.(this.#list)
    }
    return this.#list
  }

  /** All rows, or only those that are shown: then the others are of the same span. */
  async #count(choice: VideoTableChoice, all: boolean, signal: AbortSignal): Promise<void> {
    const list = await this.#listed(signal)
    const span = choice.spanAt(Date.now())
    if (all) this.#highest = await this.#highestOf(list, choice, span, signal)
    const videos = this.#highest ?? list.videos
    const known = all ? [] : this.#counted!.rows
    const wanted = all ? videos : pageOf(ordered(known, choice.sort), choice.at).rows
    const videoIds = wanted.map(({ videoId }) => videoId)
    const types = this.#types
    const counted = await countsOf(videoIds, types, span, signal)
    signal.throwIfAborted()
    const { key, rangeName } = choice
    const rows = countedRows(videos, new Set(videoIds), counted, known)
    this.#counted = { key, types, rangeName, rows, areMost: this.#highest !== null }
    this.#isLost = false
    this.#place.setAttribute('aria-busy', 'false')
    this.#draw()
  }

  /** With others where fewer were counted, as many as are listed. */
  async #highestOf(list: VideoList, { sort }: VideoTableChoice, span: Span, signal: AbortSignal) {
    const metric = METRICS.find((one) => sort === `-${one}`)
    if (list.isWhole || metric === undefined) return null
    const highest = await this.#options.highest?.(metric, span, signal)
    if (!highest) return null
    const ids = new Set(highest.map(({ videoId }) => videoId))
    const others = list.videos.filter(({ videoId }) => !ids.has(videoId))
    return [...highest, ...others].slice(0, list.videos.length)
  }

  /** What was counted last, in the order and on the page of the choice; its span may be that of an earlier one. */
  #draw(): void {
    const { sort, at: wanted, zone } = this.#choice!
    for (const [key, head] of this.#heads) {
      if (sortKeyOf(sort) === key) head.setAttribute('aria-sort', sort === key ? 'ascending' : 'descending')
      else head.removeAttribute('aria-sort')
    }
    const { rangeName, rows: all, areMost } = this.#counted ?? { ...this.#choice!, rows: [], areMost: false }
    setText(this.#caption, `${this.#options.title}, with their counts: ${rangeName}`)
    if (this.#list === null || this.#counted === null) return
    const { rows, at, pages, first } = pageOf(ordered(all, sort), wanted)
    this.#pager.set(at, pages, first, rows.length, all.length)
    if (all.length === 0) {
      replace(this.#place, this.#options.nothing(this.#list))
      return
    }
    if (this.#place.firstChild !== this.#table) replace(this.#place, this.#table)
    const focused = this.#body.contains(document.activeElement) ? document.activeElement : null
    const href = focused?.getAttribute('href') ?? ''
    replace(this.#body, ...rows.map((row) => this.#row(row, zone, sortKeyOf(sort))))
    if (focused !== null) this.#body.querySelector<HTMLElement>(`a[href="${CSS.escape(href)}"]`)?.focus()
    const listed = this.#list.isWhole ? null : all.length
    setText(this.#note, noteText({ rangeName, asOf: oldestOf(rows), isLost: this.#isLost, listed, areMost }))
  }

  #head(key: SortKey): HTMLElement {
    const sort = () => this.#options.onChange({ sort: nextSort(this.#choice!.sort, key), at: 1 })
    const button = h('button', { type: 'button', click: sort }, LABELS[key])
    const head = h('th', { scope: 'col', 'data-column': key }, button)
    this.#heads.set(key, head)
    return head
  }

  #row(row: Row, zone: string | null, sorted: SortKey): HTMLElement {
    const { types } = this.#counted!
    const cells = this.#columns.map((key) => {
      const [tag, attributes] = [key === 'title' ? 'th' : 'td', { 'data-column': key }] as const
      const marks = { ...attributes, class: key === sorted && 'sorted', scope: key === 'title' && 'row' }
      return h(tag, marks, isCounted(key, types) ? cellOf(key, row, zone) : NOTHING)
    })
    return h('tr', {}, ...cells)
  }

  #fail(error: unknown): void {
    this.#place.setAttribute('aria-busy', 'false')
    this.#isLost = true
    if (this.#counted === null || this.#counted.rows.length === 0) replace(this.#place, failure(error))
    else this.#draw()
  }
}

/** Backwards and forwards through the pages of a list. */
class Pager {
  readonly element = h('div', { class: 'pager', role: 'group', 'aria-label': 'Pages', hidden: true })
  readonly #words = h('span', {})
  readonly #back: HTMLButtonElement
  readonly #on: HTMLButtonElement
  #at = 1

  constructor(onChoose: (at: number) => void) {
    const button = (label: string, name: string, step: number) =>
      h(
        'button',
        { type: 'button', class: 'quiet', 'aria-label': name, click: () => onChoose(this.#at + step) },
        label,
      )
    this.#back = button('‹', 'Page before', -1)
    this.#on = button('›', 'Next page', 1)
    replace(this.element, this.#words, this.#back, this.#on)
  }

  set(at: number, pages: number, first: number, count: number, total: number): void {
    this.#at = at
    this.element.hidden = total === 0
    setText(this.#words, `${wholeText(first)}–${wholeText(first + count - 1)} of ${wholeText(total)}`)
    this.#back.disabled = at === 1
    this.#on.disabled = at === pages
  }
}

function cellOf(key: SortKey, row: Row, zone: string | null): HTMLElement | string {
  switch (key) {
    case 'title':
      return h(
        'a',
        { href: formatRoute({ ...VIDEO_DEFAULTS, videoId: row.videoId, zone }) },
        h('bdi', {}, row.title),
      )
    case 'channel':
      if (row.channel === null) return NOTHING
      return h(
        'a',
        { href: formatRoute({ ...CHANNEL_DEFAULTS, channelId: row.channel, zone }) },
        h('bdi', {}, row.channel),
      )
    case 'published':
      return row.publishedMs === null ? NOTHING : dateText(row.publishedMs)
    case 'time':
      return valueText(row.time, 'sum')
    default:
      return wholeText(row[key])
  }
}

function skeleton(columns: number): HTMLElement {
  return h('tr', { 'aria-hidden': 'true' }, h('td', { colspan: columns }, h('span', { class: 'skeleton' })))
}
