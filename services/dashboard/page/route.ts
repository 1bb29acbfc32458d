// What the page shows, as the part of the address after `#`, so that a link reproduces the view. Pure.

import { type Filtered, whereOf, wherePairs } from './breakdown/where.ts'
import {
  type Comparison,
  datesOf,
  type Granularity,
  isGranularity,
  isPreset,
  type Preset,
  type Range,
} from './ranges/ranges.ts'
import { isZone } from './ranges/zones.ts'
import { METRICS, type Metric, metricsOf } from './videos/columns.ts'
import { isWindow, type Window } from './windows.ts'

export type Measure = 'count' | 'sum' | 'average'

/** Times are shown in `zone`; null: in the reader's own. */
type Zoned = { readonly zone: string | null }

/** Which numbers through time a page shows, and how. */
export type CourseChoice = Zoned & {
  readonly range: Range
  /** Null: the default of the range. */
  readonly granularity: Granularity | null
  readonly type: string
  readonly measure: Measure
  readonly compare: Comparison | null
  readonly table: boolean
}
/** How a list of videos is ordered, which page of it is shown, from 1 on, and with which numbers. */
export type Listing = {
  readonly sort: Sort
  readonly at: number
  /** Null: those of this reader. */
  readonly columns: readonly Metric[] | null
}

/** The attribute of a breakdown; null: the default. */
type Broken = Filtered & { readonly dimension: string | null }

export type VideoRoute = CourseChoice & Broken & { readonly page: 'video'; readonly videoId: string }
export type ChannelRoute = CourseChoice &
  Broken &
  Listing & { readonly page: 'channel'; readonly channelId: string }
export type OverviewRoute = Zoned &
  Broken &
  Listing & {
    readonly page: 'overview'
    readonly window: Window
    readonly type: string
    readonly table: boolean
    /** Over which time the list of all videos counts. */
    readonly period: Preset
  }
export type Route = OverviewRoute | VideoRoute | ChannelRoute | { readonly page: 'operations' }

/** Columns of a list of videos. */
export const SORT_KEYS = ['title', 'channel', 'published', ...METRICS] as const
export type SortKey = (typeof SORT_KEYS)[number]
/** With a minus: descending. */
export type Sort = SortKey | `-${SortKey}`

const TYPE = /^[a-z][a-z0-9_-]{0,31}$/
const DIMENSION = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/
const PAGE_NUMBER = /^[1-9]\d{0,3}$/
const PATH = /^\/(video|channel)\/([^/]+)$/
const MEASURES: readonly string[] = ['count', 'sum', 'average']
const COMPARISONS: readonly string[] = ['previous', 'year']
const DEFAULT_TYPE = 'view'

const COURSE_DEFAULTS = {
  range: '24h',
  granularity: null,
  type: DEFAULT_TYPE,
  measure: 'count',
  compare: null,
  table: false,
  zone: null,
} as const satisfies CourseChoice
const LISTING_DEFAULTS = { sort: '-views', at: 1, columns: null } as const satisfies Listing

export const VIDEO_DEFAULTS = {
  ...COURSE_DEFAULTS,
  ...{ page: 'video', dimension: null, where: [] },
} as const satisfies Omit<VideoRoute, 'videoId'>
export const CHANNEL_DEFAULTS = {
  ...COURSE_DEFAULTS,
  ...LISTING_DEFAULTS,
  ...{ page: 'channel', range: '7d', dimension: null, where: [] },
} as const satisfies Omit<ChannelRoute, 'channelId'>
export const OVERVIEW_DEFAULTS = {
  ...LISTING_DEFAULTS,
  ...{ page: 'overview', window: '1h', type: DEFAULT_TYPE, table: false, zone: null },
  ...{ period: 'all', dimension: null, where: [] },
} as const satisfies OverviewRoute

/** Null if no page has this address; parts that cannot be parsed get their defaults. */
export function parseRoute(hash: string): Route | null {
  const [path, query] = splitOnce(hash.replace(/^#/, ''), '?')
  const given = new URLSearchParams(query)
  if (path === '' || path === '/') return overviewOf(given)
  if (path === '/operations') return { page: 'operations' }
  const [, page, part] = PATH.exec(path) ?? []
  const id = decoded(part)
  if (id === null) return null
  const broken = brokenOf(given)
  if (page === 'channel') {
    const course = courseOf(given, CHANNEL_DEFAULTS)
    return { ...CHANNEL_DEFAULTS, channelId: id, ...course, ...listingOf(given), ...broken }
  }
  return { ...VIDEO_DEFAULTS, videoId: id, ...courseOf(given, VIDEO_DEFAULTS), ...broken }
}

/** The shortest address that parses to the route. */
export function formatRoute(route: Route): string {
  switch (route.page) {
    case 'operations':
      return '#/operations'
    case 'overview':
      return `#/${queryOf({
        ...{ window: route.window, type: route.type, show: route.table ? 'table' : null, zone: route.zone },
        ...{ ...brokenQuery(route), period: route.period, ...listingQuery(route) },
      })}`
    case 'channel':
      return `#/channel/${encodeURIComponent(route.channelId)}${queryOf({
        ...courseQuery(route, CHANNEL_DEFAULTS),
        ...{ ...brokenQuery(route), ...listingQuery(route) },
      })}`
    case 'video':
      return `#/video/${encodeURIComponent(route.videoId)}${queryOf({
        ...courseQuery(route, VIDEO_DEFAULTS),
        ...brokenQuery(route),
      })}`
  }
}

function overviewOf(given: URLSearchParams): OverviewRoute {
  const window = given.get('window') ?? ''
  const period = given.get('period') ?? ''
  return {
    ...OVERVIEW_DEFAULTS,
    ...listingOf(given),
    window: isWindow(window) ? window : OVERVIEW_DEFAULTS.window,
    type: matched(given, 'type', TYPE) ?? DEFAULT_TYPE,
    table: given.get('show') === 'table',
    zone: zoneOf(given),
    ...brokenOf(given),
    period: isPreset(period) ? period : OVERVIEW_DEFAULTS.period,
  }
}

function courseOf(given: URLSearchParams, { range }: { readonly range: Preset }): CourseChoice {
  const names = ['range', 'from', 'to', 'by', 'measure', 'compare']
  const [preset, from, to, granularity, measure, compare] = names.map((name) => given.get(name) ?? '')
  return {
    range: datesOf(from!, to!) ?? (isPreset(preset!) ? preset : range),
    granularity: isGranularity(granularity!) ? granularity : null,
    type: matched(given, 'type', TYPE) ?? DEFAULT_TYPE,
    measure: MEASURES.includes(measure!) ? (measure as Measure) : COURSE_DEFAULTS.measure,
    compare: COMPARISONS.includes(compare!) ? (compare as Comparison) : null,
    table: given.get('show') === 'table',
    zone: zoneOf(given),
  }
}

function listingOf(given: URLSearchParams): Listing {
  const sort = given.get('sort') ?? ''
  const isSort = SORT_KEYS.some((key) => sort === key || sort === `-${key}`)
  return {
    sort: isSort ? (sort as Sort) : LISTING_DEFAULTS.sort,
    at: Number(matched(given, 'page', PAGE_NUMBER) ?? LISTING_DEFAULTS.at),
    columns: metricsOf(given.get('columns') ?? ''),
  }
}

/** Null leaves a parameter out; a list gives it once for each. */
type Parameters = Readonly<Record<string, string | null | readonly string[]>>

function courseQuery(course: CourseChoice, usual: { readonly range: Preset }): Parameters {
  const { range, measure } = course
  return {
    ...(typeof range === 'string' ? { range: range === usual.range ? null : range } : range),
    by: course.granularity,
    type: course.type,
    measure: measure === COURSE_DEFAULTS.measure ? null : measure,
    compare: course.compare,
    show: course.table ? 'table' : null,
    zone: course.zone,
  }
}

function listingQuery({ sort, at, columns }: Listing): Parameters {
  return {
    sort: sort === LISTING_DEFAULTS.sort ? null : sort,
    page: at === 1 ? null : String(at),
    columns: columns?.join() ?? null,
  }
}

/** What is usual on every page is left out, too. */
function queryOf(parameters: Parameters): string {
  const usual: Readonly<Record<string, string>> = {
    ...{ type: DEFAULT_TYPE, window: OVERVIEW_DEFAULTS.window, period: OVERVIEW_DEFAULTS.period },
  }
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of [value ?? []].flat()) if (one !== usual[name]) query.append(name, one)
  }
  if (query.size === 0) return ''
  // These need no escape here, and names of zones, lists and pairs are readable with them.
  return `?${query.toString().replaceAll('%2F', '/').replaceAll('%2C', ',').replaceAll('%3A', ':')}`
}

function zoneOf(given: URLSearchParams): string | null {
  const zone = given.get('zone') ?? ''
  return isZone(zone) ? zone : null
}

function brokenOf(given: URLSearchParams): Broken {
  return { dimension: matched(given, 'dimension', DIMENSION), where: whereOf(given.getAll('where')) }
}

function brokenQuery({ dimension, where }: Broken): Parameters {
  return { dimension, where: wherePairs(where) }
}

function matched(given: URLSearchParams, name: string, pattern: RegExp): string | null {
  const value = given.get(name)
  return value !== null && pattern.test(value) ? value : null
}

function splitOnce(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

function decoded(text: string | undefined): string | null {
  try {
    return text === undefined ? null : decodeURIComponent(text)
  } catch {
    return null
  }
}
