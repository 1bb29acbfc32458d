// One video: its live count, the numbers of a range, their chart, and where they come from.
import type { Answers, Subject } from '../answers.ts'
import { askSummary, isByLink, type Meta, type VideoInfo, videoPath } from '../api.ts'
import { Badge } from '../badge.ts'
import { BreakdownPanel } from '../breakdown/breakdown-panel.ts'
import { filteredAt, filteredVideo, subjectAt } from '../breakdown/subjects.ts'
import { Digits } from '../charts/digits.ts'
import { h, replace, setText } from '../dom.ts'
import { durationText, rangeName, shownZone, wholeText } from '../format.ts'
import { followCount, type LiveCount } from '../live.ts'
import { eventsText, firstEvent, nameTab, notice } from '../parts.ts'
import { breakdownOf, isCounted, lateText, nothingFiltered, RangeReport } from '../ranges/range-report.ts'
import { CHANNEL_DEFAULTS, formatRoute, type VideoRoute } from '../route.ts'
import { embedButton, linkButton } from '../sharing/embed.ts'
import { shareButton } from '../sharing/share.ts'
import type { Go, View } from '../view.ts'
import { MilestonesPanel } from './milestones-panel.ts'
import { Notes } from './notes.ts'
import { recentVideos, rememberVideo } from './recent-videos.ts'
import { focusSearch } from './search-box.ts'
import { typesWith, VIDEO_CARDS } from './video-cards.ts'
import { askTitle } from './video-title.ts'

export class VideoView implements View<VideoRoute> {
  readonly element: HTMLElement
  readonly #signal: AbortSignal
  readonly #go: Go
  readonly #title = h('h1', { dir: 'auto' })
  readonly #about = h('p', { class: 'about' })
  readonly #digits = new Digits()
  readonly #unit = h('span', { class: 'headline-unit' })
  readonly #pulse = h('span', { class: 'pulse' })
  readonly #viewers = h('span', { class: 'viewers' })
  readonly #badge = new Badge()
  readonly #report: RangeReport<VideoRoute>
  readonly #breakdown: BreakdownPanel
  #isKnown = true
  #video: VideoInfo | undefined
  #route: VideoRoute
  #following = new AbortController()

  constructor(route: VideoRoute, go: Go, signal: AbortSignal) {
    const { videoId } = route
    this.#route = route
    this.#go = go
    this.#signal = signal
    const change = (change: Partial<VideoRoute>) => this.#go({ ...this.#route, ...change })
    this.#report = new RangeReport<VideoRoute>(
      {
        ...{ subjectOf, cards: VIDEO_CARDS, hasViewers: !isByLink(), badge: this.#badge },
        unfiltered: 'Live count and milestones: all events.',
      },
      {
        change,
        show: (choice, answers, signal) => this.#show(choice, answers, signal),
        lost: () => this.#showPulse('lost'),
        ...(!isByLink() && { note: (atMs: number | null) => notes?.open(atMs) }),
      },
      signal,
    )
    const { panel } = this.#report
    const notes = isByLink() ? null : new Notes(videoPath(videoId), (all) => panel.mark(all), signal)
    if (notes !== null) panel.addTool(notes.button, notes.panel)
    this.#breakdown = new BreakdownPanel(videoPath(videoId), change, signal)
    this.element = this.#build()
    setText(this.#title, recentVideos().find((one) => one.videoId === videoId)?.title ?? '')
    setText(this.#about, ' ')
    this.#wait()
    this.#follow()
    this.update(route)
  }

  update(route: VideoRoute): boolean {
    if (route.videoId !== this.#route.videoId) return false
    const typeChanged = route.type !== this.#route.type
    this.#route = route
    if (typeChanged) this.#follow()
    this.#report.update(route)
    this.#breakdown.update(breakdownOf(route, route.videoId))
    return true
  }

  #build(): HTMLElement {
    const route = () => ({ ...this.#route, zone: shownZone() })
    const ways = [
      linkButton(() => formatRoute(route())),
      ...shareButton(route, this.#signal),
      ...embedButton(route),
    ]
    const tools = !isByLink() && h('div', { class: 'tools' }, ...ways)
    const headline = h(
      'p',
      { class: 'headline' },
      this.#digits.element,
      h('span', { class: 'headline-side' }, this.#pulse, this.#unit, this.#viewers),
    )
    const { controls, filters, cards, panel } = this.#report
    return h(
      'div',
      { class: 'video' },
      h(
        'header',
        { class: 'video-head' },
        h('div', { class: 'video-names' }, this.#title, this.#about),
        ...[this.#badge.element, tools],
      ),
      ...[headline, controls.element, filters.element, cards.element],
      ...[panel.element, this.#breakdown.element],
      !isByLink() && new MilestonesPanel(this.#route.videoId, this.#signal).element,
    )
  }

  /**
   * The title stands alone until the numbers are there: what is below it moves as long as its lines are not known. A
   * server that takes longer is not waited for.
   */
  #wait(): void {
    this.element.toggleAttribute('data-waiting', true)
    const known = setTimeout(() => {
      this.#name(undefined)
      this.element.removeAttribute('data-waiting')
    }, TITLE_WAITED_MS)
    this.#signal.addEventListener('abort', () => clearTimeout(known))
  }

  #follow(): void {
    this.#following.abort()
    this.#following = new AbortController()
    const { videoId, type } = this.#route
    const signal = AbortSignal.any([this.#signal, this.#following.signal])
    const onLost = () => this.#showPulse('lost')
    void followCount(videoId, type, (count) => this.#showCount(type, count), onLost, signal)
  }

  #showCount(type: string, { count, viewers, pushed, video }: LiveCount): void {
    this.#video ??= video // the numbers of a filter do not say it
    this.#name(video) // before the numbers of the range
    // Of all time the number is the one of the cards, so that a screen never shows two moments of it.
    if (this.#route.range !== 'all' || this.#route.where.length > 0) this.#showTotal(type, count)
    if (count > 0 && !this.#isKnown) this.#report.load()
    this.#showPulse(pushed ? 'pushed' : 'polled')
    setText(this.#viewers, viewers === null || viewers === 0 ? '' : `${wholeText(viewers)} watching now`)
  }

  /** By its id where no title was told, now or before. */
  #name(video: VideoInfo | undefined): void {
    if (video?.title !== undefined) setText(this.#title, video.title)
    else if (this.#title.textContent === '') setText(this.#title, this.#route.videoId)
  }

  #showTotal(type: string, count: number): void {
    const unit = `${eventsText(type, count)}, all time`
    this.#digits.set(count, unit)
    setText(this.#unit, unit)
  }

  #showPulse(state: keyof typeof PULSE_WORDS): void {
    this.#pulse.dataset.state = state
    setText(this.#pulse, PULSE_WORDS[state])
  }

  async #show(
    route: VideoRoute,
    { numbers, stats }: Answers,
    signal: AbortSignal,
  ): Promise<HTMLElement | null> {
    const { videoId, type, range, where } = route
    this.#breakdown.compare(route, stats)
    const counted = isCounted(numbers)
    this.#video = stats.video ?? numbers.video ?? this.#video // a server in a hurry leaves it out
    const everCounted = counted || (await wasCounted(videoId, signal))
    const isNamed = this.#video !== undefined || everCounted
    const title = isNamed ? this.#video : await askTitle(videoId, signal)
    const isKnown = isNamed || title !== null
    this.#video = title ?? this.#video
    signal.throwIfAborted()
    this.#isKnown = isKnown
    this.element.toggleAttribute('data-unknown', !isKnown)
    this.#describe(videoId, this.#video)
    this.element.removeAttribute('data-waiting')
    if (!isKnown) return this.element.querySelector<HTMLElement>('.unknown') ?? unknownVideo(videoId)
    if (range === 'all' && where.length === 0) this.#showTotal(type, numbers.types[type]?.count ?? 0)
    if (counted) return null
    return nothingOf(everCounted ? route : { ...route, range: 'all', where: [] }, numbers.meta)
  }

  #describe(videoId: string, video: VideoInfo | undefined): void {
    setText(this.#title, video?.title ?? videoId)
    nameTab(video?.title ?? videoId)
    const length = typeof video?.durationSeconds === 'number' ? durationText(video.durationSeconds) : null
    const channelId = video?.channel ?? null
    const parts = [length, video?.title === undefined ? null : videoId].filter((part) => part !== null)
    const text = `${channelId ?? ''}|${parts.join(' · ')}`
    if (this.#about.dataset.text !== text) {
      this.#about.dataset.text = text // existing links keep the focus
      const channel = channelId === null ? null : channelLink(channelId, this.#route.zone)
      const words = [
        channel !== null && parts.length > 0 && ' · ',
        parts.join(' · ') || (channel === null && ' '),
      ]
      replace(this.#about, channel, ...words)
    }
    if (!isByLink()) rememberVideo(videoId, video?.title)
  }
}

function subjectOf({ videoId, type, where }: VideoRoute): Subject {
  if (where.length > 0) {
    return isByLink()
      ? filteredAt(videoPath(videoId), videoId, where, VIDEO_CARDS)
      : filteredVideo(videoId, where, typesWith(VIDEO_CARDS, type))
  }
  return subjectAt(videoPath(videoId), videoId, askSummary.bind(null, videoId), !isByLink())
}

const TITLE_WAITED_MS = 1_500
const PULSE_WORDS = { pushed: 'live', polled: 'every 2 s', lost: 'Connection lost. Retrying…' } as const

function channelLink(channelId: string, zone: string | null): HTMLElement {
  if (isByLink()) return h('bdi', {}, channelId)
  return h('a', { href: formatRoute({ ...CHANNEL_DEFAULTS, channelId, zone }) }, h('bdi', {}, channelId))
}

async function wasCounted(videoId: string, signal: AbortSignal): Promise<boolean> {
  return isCounted(await askSummary(videoId, { startMs: null, endMs: Date.now() }, signal))
}

function unknownVideo(videoId: string): HTMLElement {
  if (isByLink()) return h('div', { class: 'unknown' }, notice('Nothing is counted of this video yet.'))
  return h(
    'div',
    { class: 'notice unknown' },
    h('p', { class: 'notice-title' }, 'Nothing is known of this video.'),
    h('p', {}, 'No event has named it yet, and it has no title. Is the id right?'),
    h('p', {}, h('button', { type: 'button', class: 'primary', click: focusSearch }, 'Find a video')),
    h('p', {}, 'Or send its first event:'),
    firstEvent(videoId),
  )
}

function nothingOf({ videoId, range, type, where }: VideoRoute, meta: Meta): HTMLElement {
  if (where.length > 0) return nothingFiltered()
  const first = firstEvent(videoId)
  if (range === 'all')
    return notice(`No events of this video yet.${first === false ? '' : ' Send one:'}`, first)
  const words =
    typeof range === 'string'
      ? `There are no ${eventsText(type)} in the ${rangeName(range)}. Choose a longer range.`
      : `There are no ${eventsText(type)} from ${rangeName(range)}. Choose other dates.`
  return notice('No events in this range.', h('p', {}, words), lateText(meta))
}
