// The numbers of a video or a channel over a range: what can be chosen, the cards, and the chart.
import { type Answers, answersTo, type Subject } from './answers.ts'
import { ApiError, askCsv, type Summary } from './api.ts'
import type { Badge } from './badge.ts'
import { courseOf } from './course.ts'
import { CoursePanel, type CourseWords } from './course-panel.ts'
import {
  markText,
  momentText,
  periodText,
  rangeName,
  shortValueText,
  shownZone,
  timesText,
  valueText,
} from './format.ts'
import { failure } from './parts.ts'
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
import { repeat } from './repeat.ts'
import type { CourseChoice } from './route.ts'
import { type Card, Cards, cardOf } from './video-cards.ts'
import { DAY_MS } from './zones.ts'

export type ReportActions<Choice extends CourseChoice> = {
  readonly change: (change: Partial<CourseChoice>) => void
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
const COMPARED: Readonly<Record<Comparison, string>> = {
  previous: 'the period before',
  year: 'a year earlier',
}

export class RangeReport<Choice extends CourseChoice> {
  readonly controls: PeriodControls
  readonly cards: Cards
  readonly panel: CoursePanel
  readonly #subject: Subject
  readonly #actions: ReportActions<Choice>
  readonly #badge: Badge
  readonly #signal: AbortSignal
  #loading = new AbortController()
  #choice: Choice | null = null
  #shown: Answers | null = null

  constructor(
    { subject, cards, badge }: { subject: Subject; cards: readonly Card[]; badge: Badge },
    actions: ReportActions<Choice>,
    signal: AbortSignal,
  ) {
    this.#subject = subject
    this.#actions = actions
    this.#badge = badge
    this.#signal = signal
    this.controls = new PeriodControls(actions.change, signal)
    this.cards = new Cards(cards, ({ type, measure }) => actions.change({ type, measure }))
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
    this.controls.set(choice, shownZone())
    const card = cardOf(choice.type, choice.measure)
    this.cards.choose(card)
    this.panel.announce(expectedWords(choice))
    this.panel.asTable = choice.table
    this.load()
  }

  /** Asks anew, and then again and again. */
  load(): void {
    const choice = this.#choice!
    this.#loading.abort()
    this.#loading = new AbortController()
    const signal = AbortSignal.any([this.#signal, this.#loading.signal])
    this.panel.busy = true
    const work = async () => this.#show(choice, await answersTo(this.#subject, choice, signal), signal)
    void repeat(refreshMs(choice.range), signal, work, (error) => this.#fail(error))
  }

  async #show(choice: Choice, answers: Answers, signal: AbortSignal): Promise<void> {
    const instead = await this.#actions.show(choice, answers, signal)
    signal.throwIfAborted()
    this.panel.busy = false
    this.#shown = answers
    this.controls.setGranularities(answers.choices, answers.granularity)
    this.#badge.set(answers.meta, answers.stats.endTime)
    this.cards.set(answers.numbers, answers.before?.numbers ?? null)
    const words = wordsOf(choice, answers, this.#subject.name)
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
    return askCsv(this.#subject.path, { type, measure, span, granularity }, this.#signal)
  }

  #fail(error: unknown): void {
    if (this.#signal.aborted) return
    this.panel.busy = false
    const isLost = error instanceof ApiError && !error.wantsKey && error.status !== 400
    if (this.panel.isDrawn && isLost) {
      this.#badge.lose()
      this.#actions.lost()
    } else this.panel.show(failure(error))
  }
}

/** What a breakdown of the same range asks. */
export function breakdownOf(choice: CourseChoice & { readonly dimension: string | null }, videoId: string) {
  const { type, measure, range, granularity, dimension } = choice
  return {
    ...{ videoId, type, measure, dimension, rangeName: rangeName(range) },
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

function wordsOf(choice: CourseChoice, answers: Answers, subject: string): CourseWords {
  const { range, type, measure, compare } = choice
  const { granularity, before, isCoarser, nowMs, span, stats } = answers
  const { asOf } = answers.meta
  const { label } = cardOf(type, measure)
  const title = `${label}, ${rangeName(range)}, by ${GRANULARITY_LABELS[granularity].toLowerCase()}`
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
    ...{ title, name: title },
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
function expectedWords(choice: CourseChoice): Pick<CourseWords, 'title' | 'legend' | 'note'> {
  const nowMs = Date.now()
  const { label } = cardOf(choice.type, choice.measure)
  return {
    title: `${label}, ${rangeName(choice.range)}`,
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

function refreshMs(range: Range): number {
  if (typeof range === 'string') return REFRESH_MS[range]
  const nowMs = Date.now()
  if (!isOpen(range, nowMs, shownZone())) return REFRESH_PAST_MS
  return Date.parse(range.to) - Date.parse(range.from) < DAY_MS ? REFRESH_MS['24h'] : REFRESH_MS['30d']
}
