// All videos together through the window of the overview: their number, its chart, and how far it goes.
import { ApiError, askCsv, askStats, type Stats, type StatsQuestion, whereThere } from './api.ts'
import { Badge } from './badge.ts'
import { onlyText } from './breakdown/filter-bar.ts'
import { courseOf } from './charts/course.ts'
import { CoursePanel, type CourseWords } from './charts/course-panel.ts'
import { h, setText } from './dom.ts'
import {
  markText,
  momentText,
  NOTHING,
  periodText,
  shortValueText,
  shownZone,
  timesText,
  valueText,
  wholeText,
} from './format.ts'
import { failure } from './parts.ts'
import { repeat } from './repeat.ts'
import type { OverviewRoute } from './route.ts'
import { cardOf } from './videos/video-cards.ts'
import { cutOf, windowSpan, windowWords } from './windows.ts'

/** The server counts the newest hours anew for each question. */
const REFRESH_MS = 10_000
/** Counted from files for each question. */
const REFRESH_FILTERED_MS = 30_000
const PATH = 'v1/site'

export class SitePanel {
  readonly element: HTMLElement
  readonly #total = h('strong', { class: 'site-total' }, NOTHING)
  readonly #badge = new Badge()
  readonly #panel: CoursePanel
  readonly #signal: AbortSignal
  #shown: StatsQuestion | null = null
  #asked = ''
  #asking = new AbortController()

  constructor(toggleTable: (table: boolean) => void, signal: AbortSignal) {
    this.#signal = signal
    const csv = () => askCsv(PATH, this.#shown!, signal)
    const failed = (error: unknown) => this.#fail(error)
    this.#panel = new CoursePanel({ toggleTable, csv, failed }, signal, this.#total, this.#badge.element)
    this.element = this.#panel.element
    this.element.classList.add('site')
    this.element.setAttribute('aria-label', 'All videos together')
  }

  update(route: OverviewRoute): void {
    const asked = JSON.stringify([route.window, route.type, route.table, route.where, shownZone()])
    if (asked === this.#asked) return
    this.#asked = asked
    this.#panel.asTable = route.table
    this.#panel.announce(headOf(route))
    this.#panel.busy = true
    this.#asking.abort()
    this.#asking = new AbortController()
    const signal = AbortSignal.any([this.#signal, this.#asking.signal])
    const work = async () => {
      const question = questionOf(route)
      this.#show(route, question, await whereThere(askStats(PATH, question, signal)))
    }
    const refreshMs = route.where.length > 0 ? REFRESH_FILTERED_MS : REFRESH_MS
    void repeat(refreshMs, signal, work, (error) => this.#fail(error))
  }

  /** Null if the server has no such route. */
  #show(route: OverviewRoute, question: StatsQuestion, stats: Stats | null): void {
    this.element.hidden = stats === null
    if (stats === null) return
    this.#shown = question
    this.#panel.busy = false
    setText(this.#total, wholeText(stats.value ?? 0))
    this.#badge.set(stats.meta, stats.endTime, true)
    const granularity = cutOf(route.window)
    const options = { startMs: question.span!.startMs, granularity, zone: shownZone(), open: true }
    this.#panel.draw(courseOf(stats.series ?? [], null, options), wordsOf(route, stats))
  }

  #fail(error: unknown): void {
    this.#panel.busy = false
    const isLost = error instanceof ApiError && !error.wantsKey && error.status !== 400
    if (this.#panel.isDrawn && isLost) {
      this.#badge.lose()
      return
    }
    setText(this.#total, NOTHING)
    this.#badge.hide()
    this.#panel.show(failure(error))
  }
}

function titleOf({ type, window, where }: OverviewRoute): string {
  return `${cardOf(type, 'count').label} of all videos, ${windowWords(window).name}${onlyText(where)}`
}

/** What is known before an answer. */
function headOf(route: OverviewRoute): Pick<CourseWords, 'title' | 'legend' | 'note'> {
  return {
    title: titleOf(route),
    legend: [
      { line: 'solid', text: cardOf(route.type, 'count').label },
      { line: 'dotted', text: 'in progress' },
    ],
    note: timesText(Date.now()),
  }
}

function wordsOf(route: OverviewRoute, { value, meta }: Stats): CourseWords {
  const head = headOf(route)
  const { title, note: times } = head
  return {
    ...head,
    ...{ name: title, column: cardOf(route.type, 'count').label },
    period: (time) => periodText(time, cutOf(route.window)),
    value: (value) => valueText(value, 'count'),
    shortValue: (value) => shortValueText(value, 'count'),
    wholeMarks: true,
    mark: markText,
    fileName: `all-videos-${route.type}-${route.window}`,
    picture: {
      title: 'All videos',
      subtitle: `${title}: ${wholeText(value ?? 0)}`,
      footer: meta.asOf === null ? times : `${times}, as of ${momentText(Date.parse(meta.asOf))}`,
    },
  }
}

function questionOf({ window, type, where }: OverviewRoute): StatsQuestion {
  const span = windowSpan(window, Date.now(), shownZone())
  return { type, measure: 'count', span, granularity: cutOf(window), where }
}
