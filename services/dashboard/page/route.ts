// What the page shows, as the part of the address after `#`, so that a link reproduces the view. Pure.
import { type Granularity, isGranularity, isRange, type Range } from './ranges.ts'

export type Measure = 'count' | 'sum' | 'average'

export type VideoRoute = {
  readonly page: 'video'
  readonly videoId: string
  readonly range: Range
  /** Null: the default of the range. */
  readonly granularity: Granularity | null
  readonly type: string
  readonly measure: Measure
  readonly compare: boolean
  readonly table: boolean
  /** The attribute of the breakdown; null: the default. */
  readonly dimension: string | null
}
export type OverviewRoute = { readonly page: 'overview'; readonly window: TopWindow; readonly type: string }
export type Route = OverviewRoute | VideoRoute | { readonly page: 'operations' }

/** Windows of the top lists, with their length in hours. */
export const TOP_WINDOWS = { '1h': 1, '6h': 6, '24h': 24 } as const
export type TopWindow = keyof typeof TOP_WINDOWS

const TYPE = /^[a-z][a-z0-9_-]{0,31}$/
const DIMENSION = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/
const VIDEO_PATH = /^\/video\/([^/]+)$/
const MEASURES: readonly string[] = ['count', 'sum', 'average']
const DEFAULT_TYPE = 'view'

export const VIDEO_DEFAULTS = {
  page: 'video',
  range: '24h',
  granularity: null,
  type: DEFAULT_TYPE,
  measure: 'count',
  compare: false,
  table: false,
  dimension: null,
} as const satisfies Omit<VideoRoute, 'videoId'>

/** Null if no page has this address; parts that cannot be parsed get their defaults. */
export function parseRoute(hash: string): Route | null {
  const [path, query] = splitOnce(hash.replace(/^#/, ''), '?')
  const given = new URLSearchParams(query)
  const type = TYPE.test(given.get('type') ?? '') ? given.get('type')! : DEFAULT_TYPE
  if (path === '' || path === '/') {
    const window = given.get('window') ?? ''
    return {
      page: 'overview',
      window: Object.hasOwn(TOP_WINDOWS, window) ? (window as TopWindow) : '1h',
      type,
    }
  }
  if (path === '/operations') return { page: 'operations' }
  const videoId = decoded(VIDEO_PATH.exec(path)?.[1])
  if (videoId === null) return null
  const names = ['range', 'by', 'measure', 'dimension']
  const [range, granularity, measure, dimension] = names.map((name) => given.get(name) ?? '')
  return {
    ...VIDEO_DEFAULTS,
    videoId,
    range: isRange(range!) ? range : VIDEO_DEFAULTS.range,
    granularity: isGranularity(granularity!) ? granularity : null,
    type,
    measure: MEASURES.includes(measure!) ? (measure as Measure) : VIDEO_DEFAULTS.measure,
    compare: given.get('compare') === 'previous',
    table: given.get('show') === 'table',
    dimension: DIMENSION.test(dimension!) ? dimension! : null,
  }
}

/** The shortest address that parses to the route. */
export function formatRoute(route: Route): string {
  switch (route.page) {
    case 'operations':
      return '#/operations'
    case 'overview':
      return `#/${queryOf({
        window: route.window === '1h' ? null : route.window,
        type: route.type === DEFAULT_TYPE ? null : route.type,
      })}`
    case 'video':
      return `#/video/${encodeURIComponent(route.videoId)}${queryOf({
        range: route.range === VIDEO_DEFAULTS.range ? null : route.range,
        by: route.granularity,
        type: route.type === DEFAULT_TYPE ? null : route.type,
        measure: route.measure === VIDEO_DEFAULTS.measure ? null : route.measure,
        compare: route.compare ? 'previous' : null,
        show: route.table ? 'table' : null,
        dimension: route.dimension,
      })}`
  }
}

function queryOf(parameters: Readonly<Record<string, string | null>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) if (value !== null) query.set(name, value)
  return query.size === 0 ? '' : `?${query}`
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
