// The most counted and the fastest rising videos of a window, with the course of each.
import type { VideoInfo } from '../api.ts'
import { onlyText } from '../breakdown/filter-bar.ts'
import { sparkline } from '../charts/sparkline.ts'
import { h, replace } from '../dom.ts'
import { TOP_ROWS } from '../first-questions.ts'
import { changeText, NOTHING, shownZone, wholeText } from '../format.ts'
import { failure, moveAmong, panel } from '../parts.ts'
import { repeat } from '../repeat.ts'
import { CHANNEL_DEFAULTS, formatRoute, type OverviewRoute, VIDEO_DEFAULTS } from '../route.ts'
import { cutOf, windowWords } from '../windows.ts'
import { recentVideos } from './recent-videos.ts'
import { askCourses, askTops, type Courses, keptHours, type TopVideo } from './top-videos.ts'
import { cardOf } from './video-cards.ts'

type List = { readonly title: string; readonly note: string }

const REFRESH_MS = 5_000
/** Counted from files for each question. */
const REFRESH_COUNTED_MS = 30_000
const TOP: List = { title: 'Most counted', note: '' }
const RISING: List = {
  title: 'Rising',
  note: 'Ordered by the rise over the window before; small numbers weigh less.',
}

export class TopLists {
  readonly element = h('div', { class: 'lists' })
  readonly #signal: AbortSignal
  #asked = ''
  #courses: Courses = new Map()
  /** A server in a hurry leaves them out. */
  readonly #known = new Map<string, VideoInfo>()
  #listing = new AbortController()

  constructor(signal: AbortSignal) {
    this.#signal = signal
    replace(this.element, skeletonList(TOP), skeletonList(RISING))
  }

  update(route: OverviewRoute): void {
    const asked = JSON.stringify([route.window, route.type, route.where, shownZone()])
    if (asked === this.#asked) return
    this.#asked = asked
    this.#courses = new Map()
    this.element.setAttribute('aria-busy', 'true')
    this.#listing.abort()
    this.#listing = new AbortController()
    const signal = AbortSignal.any([this.#signal, this.#listing.signal])
    const onError = (error: unknown) => {
      this.element.setAttribute('aria-busy', 'false')
      replace(this.element, failure(error))
    }
    const refreshMs = keptHours(route) === null ? REFRESH_COUNTED_MS : REFRESH_MS
    void repeat(refreshMs, signal, () => this.#list(route, signal), onError)
  }

  async #list(route: OverviewRoute, signal: AbortSignal): Promise<void> {
    const asked = await askTops(route, signal)
    this.element.setAttribute('aria-busy', 'false')
    if (asked === null) return replace(this.element, recentList())
    const { top, rising, range, note } = asked
    const all = [...top, ...(rising ?? [])]
    for (const { videoId, video } of all) if (video !== undefined) this.#known.set(videoId, video)
    const named = (videos: readonly TopVideo[]) =>
      videos.map((video) => ({ ...video, video: video.video ?? this.#known.get(video.videoId) }))
    const videoIds = [...new Set(all.map(({ videoId }) => videoId))]
    const show = () => {
      this.#showList(0, listOf({ ...TOP, note }, named(top), this.#courses, route))
      if (rising === null) this.element.children[1]?.remove()
      else this.#showList(1, listOf(RISING, named(rising), this.#courses, route))
    }
    if (this.#courses.size === 0) show() // the names do not wait for what is drawn beside them
    const cut = { granularity: route.window === '24h' ? 'PT1H' : cutOf(route.window), timeZone: shownZone() }
    this.#courses = await askCourses(route, videoIds, { ...range, ...cut }, signal)
    show()
  }

  /** The focused row stays focused. */
  #showList(at: number, next: HTMLElement): void {
    const focused = document.activeElement?.getAttribute('href')
    const shown = this.element.children[at]
    const held = shown?.contains(document.activeElement) === true
    if (shown === undefined) this.element.append(next)
    else shown.replaceWith(next)
    if (held) next.querySelector<HTMLElement>(`a[href="${CSS.escape(focused ?? '')}"]`)?.focus()
  }
}

function listOf(
  list: List,
  videos: readonly TopVideo[],
  courses: Courses,
  route: OverviewRoute,
): HTMLElement {
  if (videos.length === 0) {
    const span = `${windowWords(route.window).name}${onlyText(route.where)}`
    const words = `No events of the type ${route.type} in the ${span}.`
    return panel(list.title, h('p', { class: 'empty' }, words))
  }
  const rises = list === RISING
  const { label } = cardOf(route.type, 'count')
  const heads = [
    'Video',
    `Last ${windowWords(route.window).label.toLowerCase()}`,
    label,
    ...(rises ? ['Change'] : []),
  ]
  const head = h('tr', {}, ...heads.map((text) => h('th', { scope: 'col' }, text)))
  const rows = videos.map((video) => rowOf(video, courses.get(video.videoId) ?? [], route, rises))
  const caption = h('caption', { class: 'visually-hidden' }, list.title)
  return panel(
    list.title,
    h(
      'table',
      { class: 'videos' },
      caption,
      h('thead', {}, head),
      h('tbody', { keydown: moveAmong }, ...rows),
    ),
    list.note !== '' && h('p', { class: 'legend' }, list.note),
  )
}

function rowOf(
  { videoId, count, previous, video }: TopVideo,
  course: readonly (number | null)[],
  { type, zone }: OverviewRoute,
  rises: boolean,
): HTMLElement {
  const channelId = video?.channel ?? null
  const channel =
    channelId !== null &&
    h(
      'a',
      { class: 'by', href: formatRoute({ ...CHANNEL_DEFAULTS, channelId, zone }) },
      h('bdi', {}, channelId),
    )
  const title = h(
    'a',
    { href: formatRoute({ ...VIDEO_DEFAULTS, videoId, type, zone }) },
    h('bdi', {}, video?.title ?? videoId),
  )
  const change =
    rises &&
    h(
      'td',
      { 'data-way': count >= (previous ?? 0) ? 'up' : 'down' },
      previous === undefined ? NOTHING : changeText(count, previous),
    )
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, title, channel),
    ...[h('td', {}, sparkline(course)), h('td', {}, wholeText(count)), change],
  )
}

function skeletonList({ title, note }: List): HTMLElement {
  const row = () => h('li', {}, h('span', { class: 'row skeleton' }))
  return panel(
    title,
    h('ol', { class: 'waiting', 'aria-hidden': 'true' }, ...Array.from({ length: TOP_ROWS }, row)),
    note !== '' && h('p', { class: 'legend' }, note),
  )
}

function recentList(): HTMLElement {
  const rows = recentVideos().map(({ videoId, title }) =>
    h('li', {}, h('a', { href: formatRoute({ ...VIDEO_DEFAULTS, videoId }) }, title ?? videoId)),
  )
  const words = 'This server keeps no top lists. Find a video by its id: press /.'
  return panel(
    'Looked at lately',
    h('p', { class: 'empty' }, words),
    h('ol', { class: 'recent', keydown: moveAmong }, ...rows),
  )
}
