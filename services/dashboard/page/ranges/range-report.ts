// The numbers of a video or a channel over a range: what can be chosen, the cards, and the chart.
import { type Answers, answersTo, type Subject } from '../answers.ts'
import { ApiError, type Meta, type Summary } from '../api.ts'
import type { Badge } from '../badge.ts'
import { FilterBar, onlyText } from '../breakdown/filter-bar.ts'
import type { Filtered } from '../breakdown/where.ts'
import { courseOf } from '../charts/course.ts'
import { CoursePanel, type CourseWords } from '../charts/course-panel.ts'
import { h } from '../dom.ts'
import {
  markText,
  momentText,
  periodText,
  rangeName,
  shortValueText,
  shownZone,
  timesText,
  valueText,
} from '../format.ts'
import { failure, notice } from '../parts.ts'
import { repeat } from '../repeat.ts'
import type { CourseChoice } from '../route.ts'
import { viewersWords } from '../videos/unique-viewers.ts'
import { type Card, Cards, cardOf } from '../videos/video-cards.ts'
import { PeriodControls } from './period-controls.ts'
import {
  type Comparison,
  GRANULARITY_LABELS,
  granularitiesFor,
  isOpen,
  lengthOf,
  type Preset,
  type Range,
  spanOf,
} from './ranges.ts'
import { DAY_MS } from './zones.ts'

type FilteredChoice = CourseChoice & Filtered

export type ReportAbout<Choice extends FilteredChoice> = {
  readonly subjectOf: (choice: Choice) => Subject
  readonly cards: readonly Card[]
  readonly hasViewers: boolean
  readonly badge: Badge
  /** What a filter does not reach, as a sentence. */
  readonly unfiltered: string
}

export type ReportActions<Choice extends FilteredChoice> = {
  readonly change: (change: Partial<FilteredChoice>) => void
  /** Shows the rest of the answers; an element stands in place of the chart. */
  readonly show: (choice: Choice, answers: Answers, signal: AbortSignal) => Promise<HTMLElement | null>
  /** What is shown is of the last answer. */
  readonly lost: () => void
  /** Where something may be noted at a time of the chart. */
  readonly note?: (atMs: number | null) => void
}

const REFRESH_MS: Readonly<Record<Preset, number>> = {
  ...{ '1h': 3_000, '24h': 5_000, '7d': 10_000 },
  ...{ '30d': 20_000, '1y': 30_000, all: 10_000 },
}
const REFRESH_PAST_MS = 60_000
/** Counted from files for each question. */
const REFRESH_FILTERED_MS = 30_000
const COMPARED: Readonly<Record<Comparison, string>> = {
  previous: 'the period before',
  year: 'a year earlier',
}

export class RangeReport<Choice extends FilteredChoice> {
  readonly controls: PeriodControls
  readonly cards: Cards
  readonly filters: FilterBar
  readonly panel: CoursePanel
  readonly #subjectOf: (choice: Choice) => Subject
  readonly #actions: ReportActions<Choice>
  readonly #badge: Badge
  readonly #signal: AbortSignal
  #loading = new AbortController()
  #choice: Choice | null = null
  #subject: Subject | null = null
  #shown: Answers | null = null

  constructor(about: ReportAbout<Choice>, actions: ReportActions<Choice>, signal: AbortSignal) {
    this.#subjectOf = about.subjectOf
    this.#actions = actions
    this.#badge = about.badge
    this.#signal = signal
    this.controls = new PeriodControls(actions.change, signal)
    const choose = ({ type, measure }: Card) => actions.change({ type, measure })
    this.cards = new Cards(about.cards, choose, about.hasViewers)
    this.filters = new FilterBar((where) => actions.change({ where }), about.unfiltered)
    this.panel = new CoursePanel(
      {
        toggleTable: (table) => actions.change({ table }),
        csv: () => this.#csv(),
        failed: (error) => this.#fail(error),
        ...(actions.note !== undefined && { note: actions.note }),
      },
      signal,
    )
  }

  update(choice: Choice): void {
    this.#choice = choice
    this.#subject = this.#subjectOf(choice)
    this.filters.set(choice.where)
    this.controls.set(choice, shownZone())
    const card = cardOf(choice.type, choice.measure)
    this.cards.choose(card)
    this.panel.announce(expectedWords(choice))
    this.panel.asTable = choice.table
    this.load()
  }

  /** Asks anew, and then again and again. */
  load(): void {
    const [choice, subject] = [this.#choice!, this.#subject!]
    this.#loading.abort()
    this.#loading = new AbortController()
    const signal = AbortSignal.any([this.#signal, this.#loading.signal])
    this.panel.busy = true
    this.cards.busy = true
    const work = async () => this.#show(choice, await answersTo(subject, choice, signal), signal)
    void repeat(refreshMs(choice), signal, work, (error) => this.#fail(error))
  }

  async #show(choice: Choice, answers: Answers, signal: AbortSignal): Promise<void> {
    const instead = await this.#actions.show(choice, answers, signal)
    signal.throwIfAborted()
    this.panel.busy = false
    this.#shown = answers
    this.controls.setGranularities(answers.choices, answers.granularity)
    this.#badge.set(answers.meta, answers.stats.endTime, choice.where.length > 0)
    this.cards.set(answers.numbers, answers.before?.numbers ?? null)
    this.cards.busy = false
    const views = answers.numbers.types.view?.count ?? 0
    const viewers = choice.where.length > 0 ? 'filtered' : (answers.viewers ?? 'no answer')
    this.cards.setViewers(viewersWords(viewers, views, answers.span))
    const words = wordsOf(choice, answers, this.#subject!.name)
    if (instead !== null) {
      this.panel.say(words, instead)
      return
    }
    const { stats, before, span, granularity, nowMs } = answers
    const zone = shownZone()
    const compared =
      before === null || choice.compare === null
        ? null
        : { comparison: choice.compare, series: before.stats.series }
    const options = { startMs: span.startMs, granularity, zone, open: isOpen(choice.range, nowMs, zone) }
    this.panel.draw(courseOf(stats.series ?? [], compared, options), words)
  }

  #csv(): Promise<Blob> {
    const { type, measure } = this.#choice!
    const { span, granularity } = this.#shown!
    return this.#subject!.csv({ type, measure, span, granularity }, this.#signal)
  }

  #fail(error: unknown): void {
    if (this.#signal.aborted) return
    this.panel.busy = false
    this.cards.busy = false
    const isLost = error instanceof ApiError && !error.wantsKey && error.status !== 400
    if (this.panel.isDrawn && isLost) {
      this.#badge.lose()
      this.#actions.lost()
    } else {
      this.cards.clear()
      this.panel.show(failure(error))
    }
  }
}

/** What a breakdown of the same range asks. */
export function breakdownOf(choice: FilteredChoice & { readonly dimension: string | null }, videoId: string) {
  const { type, measure, range, granularity, dimension, where } = choice
  return {
    ...{ videoId, type, measure, dimension, where, rangeName: rangeName(range) },
    ...spansOf({ range, granularity }),
  }
}

/** The span of the range at a moment, and a key that changes with it alone. */
export function spansOf({ range, granularity }: Pick<CourseChoice, 'range' | 'granularity'>) {
  const zone = shownZone()
  const spanAt = (nowMs: number) => {
    const cut = granularity ?? granularitiesFor(range, lengthOf(range, nowMs, zone))[0]!
    return spanOf(range, cut, nowMs, zone)
  }
  return { key: JSON.stringify([range, granularity, zone]), spanAt }
}

/** Something was counted, of any type. */
export function isCounted({ types }: Summary): boolean {
  return Object.values(types).some(({ count }) => count > 0)
}

/** Where nothing was counted: what came late may be missing until its hours are recounted. */
export function lateText({ reconciled }: Meta): HTMLElement | false {
  return !reconciled && h('p', {}, 'Events that were sent late show after the next recount.')
}

export function nothingFiltered(): HTMLElement {
  return notice('No such events in this range.', h('p', {}, 'Remove a filter, or choose a longer range.'))
}

function wordsOf(choice: FilteredChoice, answers: Answers, subject: string): CourseWords {
  const { range, type, measure, compare } = choice
  const { granularity, before, isCoarser, nowMs, span, stats } = answers
  const { asOf } = answers.meta
  const { label } = cardOf(type, measure)
  const cut = GRANULARITY_LABELS[granularity].toLowerCase()
  const title = `${label}, ${rangeName(range)}, by ${cut}${onlyText(choice.where)}`
  const times = timesText(span.endMs)
  const notes = [
    isCoarser &&
      `Nothing finer than by ${GRANULARITY_LABELS[granularity].toLowerCase()} is kept of that time.`,
    before !== null &&
      before.stats.series === undefined &&
      `Nothing so fine is kept of ${COMPARED[compare!]}: there is no line of it.`,
    times,
  ]
  const value = valueText(stats.value, measure)
  return {
    ...{ title, name: title, column: label },
    period: (time) => periodText(time, granularity),
    value: (value) => valueText(value, measure),
    mark: markText,
    shortValue: (value) => shortValueText(value, measure),
    wholeMarks: measure === 'count',
    legend: legendOf(choice, before?.stats.series !== undefined, nowMs),
    note: notes.filter(Boolean).join(' '),
    fileName: `${subject}-${type}-${typeof range === 'string' ? range : `${range.from}-${range.to}`}`,
    picture: {
      title: stats.video?.title ?? subject,
      subtitle: `${title}: ${value}`,
      footer: `${times}${asOf === null ? '' : `, as of ${momentText(Date.parse(asOf))}`}`,
    },
  }
}

/** How finely the range will be cut is not known before the answer. */
function expectedWords(choice: FilteredChoice): Pick<CourseWords, 'title' | 'legend' | 'note'> {
  const nowMs = Date.now()
  const { label } = cardOf(choice.type, choice.measure)
  return {
    title: `${label}, ${rangeName(choice.range)}${onlyText(choice.where)}`,
    legend: legendOf(choice, true, nowMs),
    note: timesText(nowMs),
  }
}

function legendOf(
  { range, type, measure, compare }: CourseChoice,
  isCompared: boolean,
  nowMs: number,
): CourseWords['legend'] {
  return [
    { line: 'solid', text: cardOf(type, measure).label },
    ...(compare === null || !isCompared ? [] : [{ line: 'dashed' as const, text: COMPARED[compare] }]),
    ...(isOpen(range, nowMs, shownZone()) ? [{ line: 'dotted' as const, text: 'in progress' }] : []),
  ]
}

function refreshMs({ range, where }: FilteredChoice): number {
  const everyMs = refreshAllMs(range)
  return where.length === 0 ? everyMs : Math.max(everyMs, REFRESH_FILTERED_MS)
}

function refreshAllMs(range: Range): number {
  if (typeof range === 'string') return REFRESH_MS[range]
  const nowMs = Date.now()
  if (!isOpen(range, nowMs, shownZone())) return REFRESH_PAST_MS
  return Date.parse(range.to) - Date.parse(range.from) < DAY_MS ? REFRESH_MS['24h'] : REFRESH_MS['30d']
}
