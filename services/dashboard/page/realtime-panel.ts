// What happens right now, all videos together: the last half hour by minute, and how many watch, whatever is chosen
// below.
import { askJson, askStats, type Stats, whereThere } from './api.ts'
import { h, hidden, replace, setText, svg } from './dom.ts'
import { NOTHING, periodText, rateText, wholeText } from './format.ts'
import { MINUTE_MS } from './ranges/zones.ts'
import { type Bar, RATE_MINUTES, REALTIME_MINUTES, type Realtime, realtimeOf } from './realtime.ts'
import { pause, repeat } from './repeat.ts'
import { cardOf } from './videos/video-cards.ts'

/** The server counts the newest hour anew for each question. */
const REFRESH_MS = 10_000
/** Whoever watches sends a heartbeat every five seconds, and counts for fifteen. */
const VIEWERS_REFRESH_MS = 5_000
/** Not among what the page loads at first. */
const VIEWERS_AFTER_MS = 1_500
const HEIGHT = 40
/** Of a minute with anything in it, so that it is seen beside a much higher one. */
const BAR_HEIGHT_MIN = 1.5
const GAP = 0.2

export class RealtimePanel {
  readonly element: HTMLElement
  readonly #total = h('strong', {}, NOTHING)
  readonly #unit = h('span', {})
  readonly #rate = h('strong', {}, NOTHING)
  readonly #bars = svg('svg', {
    ...{ class: 'realtime-bars', viewBox: `0 0 ${REALTIME_MINUTES} ${HEIGHT}`, preserveAspectRatio: 'none' },
    'aria-hidden': 'true',
  })
  readonly #viewers = h('span', {
    ...{ class: 'viewers', hidden: true },
    title:
      'Different viewers whose players reported in the last 15 seconds; an estimate, within 1.6 % mostly',
  })
  readonly #spoken = hidden('')
  readonly #signal: AbortSignal
  #type: string | null = null
  #isFollowing = false
  #asking = new AbortController()

  constructor(signal: AbortSignal) {
    this.#signal = signal
    const figures = h(
      'div',
      { class: 'realtime-figures' },
      h('p', {}, this.#total, this.#unit),
      h('p', {}, this.#rate, h('span', {}, `a minute, in the last ${RATE_MINUTES} minutes`)),
    )
    const axis = h(
      'p',
      { class: 'realtime-axis', 'aria-hidden': 'true' },
      h('span', {}, '30 min ago'),
      h('span', {}, 'now'),
    )
    this.element = h(
      'section',
      { class: 'panel realtime', 'aria-label': 'Right now' },
      ...[
        h('div', { class: 'realtime-head' }, h('h2', {}, 'Right now'), this.#viewers),
        figures,
        h('div', { class: 'realtime-course' }, this.#bars, axis),
        this.#spoken,
      ],
    )
  }

  #followViewers(): void {
    if (this.#isFollowing) return
    this.#isFollowing = true
    const work = async () => {
      const path = 'v1/site/viewers'
      const answer = await whereThere(askJson<{ readonly viewers: number }>(path, this.#signal))
      const count = answer?.viewers ?? 0
      this.#viewers.hidden = count === 0
      setText(this.#viewers, `${wholeText(count)} watching now`)
    }
    const begin = pause(VIEWERS_AFTER_MS, this.#signal)
    void begin.then(() =>
      repeat(VIEWERS_REFRESH_MS, this.#signal, work, () => {
        this.#viewers.hidden = true // it would be too old at once
      }),
    )
  }

  update(type: string): void {
    if (type === this.#type) return
    this.#type = type
    this.#asking.abort()
    this.#asking = new AbortController()
    const signal = AbortSignal.any([this.#signal, this.#asking.signal])
    setText(
      this.#unit,
      `${cardOf(type, 'count').label.toLowerCase()} in the last ${REALTIME_MINUTES} minutes`,
    )
    const work = async () => this.#show(await whereThere(askStats('v1/site', questionOf(type), signal)))
    // The panel below says what is wrong where nothing is answered.
    void repeat(REFRESH_MS, signal, work, () => this.element.setAttribute('data-lost', ''))
  }

  /** Null if the server has no such route. */
  #show(stats: Stats | null): void {
    this.element.hidden = stats === null
    if (stats === null) return
    this.element.removeAttribute('data-lost')
    const { asOf } = stats.meta
    const realtime = realtimeOf(stats.series ?? [], asOf === null ? null : Date.parse(asOf))
    const { total, perMinute, bars } = realtime
    setText(this.#total, wholeText(total))
    setText(this.#rate, perMinute === null ? NOTHING : rateText(perMinute))
    replace(
      this.#bars,
      ...bars.map((bar, at) => barOf(bar, at, Math.max(1, ...bars.map(({ value }) => value)))),
    )
    setText(this.#spoken, spokenOf(realtime))
    this.#followViewers()
  }
}

function barOf({ value, isOpen, timeMs }: Bar, at: number, highest: number): SVGElement {
  const height = value === 0 ? 0 : Math.max(BAR_HEIGHT_MIN, (value / highest) * HEIGHT)
  const place = {
    x: at + GAP / 2,
    width: 1 - GAP,
    y: (HEIGHT - height).toFixed(2),
    height: height.toFixed(2),
  }
  const words = svg(
    'title',
    {},
    `${periodText(timeMs, 'PT1M')}: ${wholeText(value)}${isOpen ? ', in progress' : ''}`,
  )
  return svg('rect', { ...place, 'data-open': isOpen }, words)
}

function spokenOf({ bars }: Realtime): string {
  const highest = bars.reduce<Bar | null>(
    (best, bar) => (best !== null && best.value >= bar.value ? best : bar),
    null,
  )
  if (highest === null || highest.value === 0) return 'Nothing in the last half hour.'
  return `The most in a minute: ${wholeText(highest.value)}, ${periodText(highest.timeMs, 'PT1M')}.`
}

function questionOf(type: string) {
  const endMs = Math.ceil(Date.now() / MINUTE_MS) * MINUTE_MS
  const span = { startMs: endMs - REALTIME_MINUTES * MINUTE_MS, endMs }
  return { type, measure: 'count', span, granularity: 'PT1M' } as const
}
