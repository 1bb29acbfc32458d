// One channel: the numbers of all its videos together over a range, their chart, and the videos themselves.
import type { Answers, Subject } from './answers.ts'
import { askStats, channelPath, isByLink } from './api.ts'
import { Badge } from './badge.ts'
import { BreakdownPanel } from './breakdown/breakdown-panel.ts'
import { onlyText } from './breakdown/filter-bar.ts'
import { filteredAt, numbersOf, subjectAt } from './breakdown/subjects.ts'
import { h, setText } from './dom.ts'
import { NOTHING, rangeName, shownZone, valueText, wholeText } from './format.ts'
import { notice } from './parts.ts'
import {
  breakdownOf,
  isCounted,
  lateText,
  nothingFiltered,
  RangeReport,
  spansOf,
} from './ranges/range-report.ts'
import { type ChannelRoute, formatRoute } from './route.ts'
import { linkButton } from './sharing/embed.ts'
import { shareButton } from './sharing/share.ts'
import { ownMetrics } from './videos/own-columns.ts'
import { focusSearch } from './videos/search-box.ts'
import { CHANNEL_CARDS, cardOf } from './videos/video-cards.ts'
import { videosOfChannel } from './videos/video-list.ts'
import { VideoTable } from './videos/video-table.ts'
import type { Go, View } from './view.ts'

export class ChannelView implements View<ChannelRoute> {
  readonly element: HTMLElement
  readonly #badge = new Badge()
  readonly #total = h('span', { class: 'digits' }, NOTHING)
  readonly #unit = h('span', { class: 'headline-side' })
  readonly #report: RangeReport<ChannelRoute>
  readonly #breakdown: BreakdownPanel
  readonly #videos: VideoTable
  #route: ChannelRoute
  #asked = ''

  constructor(route: ChannelRoute, go: Go, signal: AbortSignal) {
    const { channelId } = route
    this.#route = route
    const change = (change: Partial<ChannelRoute>) => go({ ...this.#route, ...change })
    this.#videos = new VideoTable(
      {
        title: 'Videos of the channel',
        columns: ['title', 'published'],
        videos: (signal) => videosOfChannel(channelId, signal),
        onChange: change,
        onListed: ({ videos }) => this.element.toggleAttribute('data-unknown', videos.length === 0),
        nothing: () => unknownChannel(channelId),
      },
      signal,
    )
    this.#report = new RangeReport<ChannelRoute>(
      {
        ...{ subjectOf, cards: CHANNEL_CARDS, hasViewers: !isByLink(), badge: this.#badge },
        unfiltered: 'The list of videos: all events.',
      },
      { change, show: async (choice, answers) => this.#show(choice, answers), lost: () => {} },
      signal,
    )
    this.#breakdown = new BreakdownPanel(channelPath(channelId), change, signal)
    this.element = this.#build(channelId, signal)
    this.update(route)
  }

  update(route: ChannelRoute): boolean {
    if (route.channelId !== this.#route.channelId) return false
    this.#route = route
    if (this.#asked === '') this.#describe(route)
    const asked = JSON.stringify({ ...route, sort: null, at: null, columns: null })
    if (asked !== this.#asked) this.#report.update(route)
    this.#asked = asked
    this.#breakdown.update(breakdownOf(route, 'my-video'))
    if (isByLink()) return true
    this.#videos.update({
      ...{ sort: route.sort, at: route.at, columns: route.columns, zone: route.zone },
      ...{ rangeName: rangeName(route.range), ...spansOf(route) },
    })
    return true
  }

  #build(channelId: string, signal: AbortSignal): HTMLElement {
    const { controls, filters, cards, panel } = this.#report
    // What this reader chose stands in a link, so that whoever opens it sees the same.
    const columns = () => this.#route.columns ?? ownMetrics()
    const route = () => ({ ...this.#route, columns: columns(), zone: shownZone() })
    const ways = [linkButton(() => formatRoute(route())), ...shareButton(route, signal)]
    const names = h(
      'div',
      { class: 'video-names' },
      h('h1', { dir: 'auto' }, channelId),
      h('p', { class: 'about' }, 'Channel'),
    )
    return h(
      'div',
      { class: 'video channel' },
      h(
        'header',
        { class: 'video-head' },
        ...[names, this.#badge.element, !isByLink() && h('div', { class: 'tools' }, ...ways)],
      ),
      h('p', { class: 'headline' }, this.#total, this.#unit),
      ...[controls.element, filters.element, cards.element, panel.element, this.#breakdown.element],
      !isByLink() && this.#videos.element, // a link shows the channel, and none of its videos
    )
  }

  #describe({ type, measure, range, where }: ChannelRoute): void {
    const what = cardOf(type, measure).label.toLowerCase()
    setText(this.#unit, `${what}, ${rangeName(range)}${onlyText(where)}`)
  }

  #show(route: ChannelRoute, { numbers, stats }: Answers): HTMLElement | null {
    this.#breakdown.compare(route, stats)
    const isCount = route.measure === 'count'
    setText(this.#total, isCount ? wholeText(stats.value ?? 0) : valueText(stats.value, route.measure))
    this.#describe(route)
    if (isCounted(numbers) || (stats.value ?? 0) > 0) return null
    if (route.where.length > 0) return nothingFiltered()
    return notice('No events in this range.', h('p', {}, 'Choose a longer one.'), lateText(numbers.meta))
  }
}

function subjectOf({ channelId, where }: ChannelRoute): Subject {
  const path = channelPath(channelId)
  if (where.length > 0) return filteredAt(path, channelId, where, CHANNEL_CARDS)
  return subjectAt(path, channelId, numbersOf(askStats.bind(null, path), CHANNEL_CARDS), !isByLink())
}

function unknownChannel(channelId: string): HTMLElement {
  return h(
    'div',
    { class: 'notice unknown' },
    h('p', { class: 'notice-title' }, 'Nothing is known of this channel.'),
    h('p', {}, 'No video has ', nameOf(channelId), ' as its channel. Is the name right?'),
    h(
      'p',
      {},
      h('button', { type: 'button', class: 'primary', click: focusSearch }, 'Find a video or channel'),
    ),
  )
}

function nameOf(channelId: string): HTMLElement {
  return h('bdi', {}, `“${channelId}”`)
}
