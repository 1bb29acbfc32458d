// Asks a running Tally one question, and makes the answer a text for people.
import { Fault } from '../../lib/fault.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../model/bucket.ts'
import {
  type Breakdown as BreakdownAnswer,
  createReader,
  type Granularity,
  type Reader,
  type SiteBreakdown,
  type SiteStats,
  type SummaryFunction,
  TallyError,
  type TopVideo,
  type TypeSummary,
} from '../../sdk/src/node/read.ts'
import { type AskOptions, type Breakdown, TOP_HOURS_MAX, type Where } from './ask-options.ts'
import { type Dated, metaText } from './meta-text.ts'
import { bar, numberText, percent, sparkline, table } from './text.ts'

/** `answer` is that of the server. */
export type Asked = { readonly answer: unknown; readonly text: string }

type Question = AskOptions & { readonly reader: Reader; readonly startTime: number | undefined }

/** Breakdowns may take 20 s. */
const TIMEOUT_MS = 25_000
/** One person is waiting. */
const RETRY = { attemptsMax: 2, deadlineMs: TIMEOUT_MS, delayBaseMs: 200 }
const TYPES_MAX = 10
/** Up to these spans, in hours, the chart has these periods: so it has at most ninety columns. */
const PERIODS: readonly (readonly [hours: number, granularity: Granularity, words: string])[] = [
  [1, 'PT1M', 'by minute'],
  [12, 'PT15M', 'by quarter of an hour'],
  [72, 'PT1H', 'by hour'],
  [90 * 24, 'P1D', 'by day'],
  [Number.POSITIVE_INFINITY, 'P1W', 'by week'],
]

/** Fails with a Fault where there is no answer. */
export async function ask(options: AskOptions, nowMs: number): Promise<Asked> {
  const { url, key, lastMs } = options
  const reader = createReader({
    ...{ url, timeoutMs: TIMEOUT_MS, retry: RETRY },
    ...(key !== null && { apiKey: key }),
  })
  const startTime = lastMs === null ? undefined : Math.floor((nowMs - lastMs) / MINUTE_MS) * MINUTE_MS
  try {
    return await answered({ ...options, reader, startTime })
  } catch (error) {
    if (error instanceof TallyError) throw new Fault(faultOf(url, error), { cause: error })
    throw error
  }
}

function answered(question: Question): Promise<Asked> {
  const { about, reader, type, startTime } = question
  switch (about.command) {
    case 'top':
      return top(question, about.rising)
    case 'video':
      return video(question, about.videoId)
    case 'channel': {
      const { channelId } = about
      return total(question, channelId, (options) =>
        reader.getChannelStats(channelId, type, 'count', startTime, undefined, options),
      )
    }
    case 'site':
      return total(question, 'all videos', (options) =>
        reader.getSiteStats(type, 'count', startTime, undefined, options),
      )
    case 'breakdown':
      return breakdown(question, about)
  }
}

async function top(question: Question, rising: boolean): Promise<Asked> {
  const { type } = question
  const { answer, videos, isExact } = await topVideos(question, rising)
  const videoIds = videos.map(({ videoId }) => videoId)
  const charts = videoIds.length === 0 ? new Map() : await chartsOf(question, videoIds, type, answer)
  const rows = videos.map(({ videoId, count, previous, video: about }, i) => [
    ...[i + 1, videoId, count, ...(rising ? [previous ?? null] : [])],
    ...[charts.get(videoId) ?? '', about?.title ?? ''],
  ])
  const header = ['', 'video', type, ...(rising ? ['before'] : []), periodsOf(question).words, 'title']
  const inexact = isExact ? [] : ['The list may be incomplete: see meta.bound of --json.']
  return { answer, text: [tableOr(header, rows), '', ...inexact, metaText(answer)].join('\n') }
}

type TopVideos = {
  readonly answer: Dated & { readonly startTime: string }
  readonly videos: readonly Pick<TopVideo, 'videoId' | 'count' | 'previous' | 'video'>[]
  readonly isExact: boolean
}

/** From the lists of the newest hours where they can tell, else counted by video. */
async function topVideos(question: Question, rising: boolean): Promise<TopVideos> {
  const { reader, type, limit, startTime, lastMs, where } = question
  const isKept = lastMs !== null && lastMs <= TOP_HOURS_MAX * HOUR_MS && !isFiltered(question)
  if (isKept) {
    const answer = await reader.getTop(type, {
      startTime: startTime!,
      limit,
      order: rising ? 'rising' : 'count',
    })
    return { answer, videos: answer.videos, isExact: answer.meta.exact }
  }
  const answer = await reader.getSiteBreakdown('videoId', type, 'count', startTime, undefined, {
    limit,
    where,
  })
  const videos = answer.rows
    .filter(({ isOther }) => isOther !== true)
    .map(({ videoId, value, video }) => ({ videoId, count: value ?? 0, ...(video && { video }) }))
  return { answer, videos, isExact: true }
}

/** By video. */
async function chartsOf(
  question: Pick<Question, 'reader' | 'lastMs' | 'zone' | 'where'>,
  videoIds: readonly string[],
  type: string,
  { startTime, endTime }: { readonly startTime: string; readonly endTime: string },
): Promise<ReadonlyMap<string, string>> {
  const { granularity } = periodsOf(question)
  const { rows } = await question.reader.query({
    ...{ videoIds, eventTypes: type, groupBy: 'video', startTime, endTime, granularity },
    ...{ timeZone: question.zone, limit: videoIds.length },
    ...(isFiltered(question) && { where: question.where }),
  })
  return new Map(
    rows.map(({ videoId, series = [] }) => [
      videoId!,
      sparkline(series.map(({ values }) => values.count ?? 0)),
    ]),
  )
}

async function video({ reader, startTime, ...question }: Question, videoId: string): Promise<Asked> {
  const summary = await reader.getSummary(videoId, startTime)
  const counted = Object.entries(summary.types)
    .filter(([, { count }]) => count > 0)
    .sort(([, a], [, b]) => b.count - a.count)
  const eventTypes = counted.slice(0, TYPES_MAX).map(([type]) => type)
  if (eventTypes.length === 0) {
    return { answer: summary, text: `Nothing was counted of ${videoId}, ${spanText(question)}.` }
  }
  const { granularity, words } = periodsOf(question)
  const range = { startTime: summary.startTime, endTime: summary.endTime }
  const { rows } = await reader.query({
    ...{ videoIds: videoId, eventTypes, groupBy: 'type', granularity, timeZone: question.zone, ...range },
  })
  const charts = new Map(
    rows.map(({ eventType, series = [] }) => [
      eventType,
      sparkline(series.map(({ values }) => values.count ?? 0)),
    ]),
  )
  const lines = counted.map(([type, { count, sum, average }]: readonly [string, TypeSummary]) => [
    ...[type, count, ...(average === null ? [null, null] : [sum, average])],
    charts.get(type) ?? '',
  ])
  const title = summary.video === undefined ? videoId : `${videoId}: ${summary.video.title}`
  return {
    answer: summary,
    text: [
      `${title}, ${spanText(question)}`,
      '',
      table(['type', 'count', 'sum', 'average', words], lines),
      '',
      metaText(summary),
    ].join('\n'),
  }
}

async function total(
  question: Question,
  name: string,
  get: (options: {
    readonly granularity: Granularity
    readonly timeZone: string
    readonly where: Where
  }) => Promise<SiteStats>,
): Promise<Asked> {
  const { granularity, words } = periodsOf(question)
  const answer = await get({ granularity, timeZone: question.zone, where: question.where })
  const chart = sparkline((answer.series ?? []).map(({ value }) => value ?? 0))
  const row = [question.type, answer.value, chart]
  return {
    answer,
    text: [
      `${name}, ${spanText(question)}${filterText(question)}`,
      '',
      table(['type', 'count', words], [row]),
      '',
      metaText(answer),
    ].join('\n'),
  }
}

async function breakdown(question: Question, about: Breakdown): Promise<Asked> {
  const { type, limit, where } = question
  const { by, fn, videoId, channelId } = about
  const answer = await brokenDown(question, about, { limit, where })
  const adds = isAdded(fn)
  const most = Math.max(0, ...answer.rows.map(({ value }) => value ?? 0))
  const rows = answer.rows.map(({ [by]: name, value, isOther }) => [
    isOther ? '(others)' : name === '' ? '(none)' : name!,
    value,
    adds ? percent(value, answer.total) : '',
    bar(value, most),
  ])
  const name = videoId ?? channelId ?? 'all videos'
  return {
    answer,
    text: [
      `${name}, ${spanText(question)}${filterText(question)}: ${fn} of ${type} ${numberText(answer.total)}`,
      '',
      tableOr([by, fn, '', ''], rows),
      '',
      metaText(answer),
    ].join('\n'),
  }
}

function brokenDown(
  { reader, type, startTime }: Question,
  { by, fn, videoId, channelId }: Breakdown,
  options: { readonly limit: number; readonly where: Where },
): Promise<SiteBreakdown | BreakdownAnswer> {
  if (videoId !== null) return reader.getBreakdown(videoId, by, type, fn, startTime, undefined, options)
  if (channelId !== null)
    return reader.getChannelBreakdown(channelId, by, type, fn, startTime, undefined, options)
  return reader.getSiteBreakdown(by, type, fn, startTime, undefined, options)
}

/** Whether rows add up to the total. */
function isAdded(fn: SummaryFunction): boolean {
  return fn === 'count' || fn === 'sum'
}

function periodsOf({ lastMs }: Pick<Question, 'lastMs'>) {
  const hours = (lastMs ?? Number.POSITIVE_INFINITY) / HOUR_MS
  const [, granularity, words] = PERIODS.find(([most]) => hours <= most)!
  return { granularity, words }
}

const UNITS: readonly (readonly [ms: number, name: string])[] = [
  [DAY_MS, 'day'],
  [HOUR_MS, 'hour'],
  [MINUTE_MS, 'minute'],
]

function spanText({ lastMs }: Pick<Question, 'lastMs'>): string {
  if (lastMs === null) return 'since ever'
  const [ms, name] = UNITS.find(([unit]) => lastMs % unit === 0)!
  const count = lastMs / ms
  return count === 1 ? `the last ${name}` : `the last ${numberText(count)} ${name}s`
}

function isFiltered({ where }: Pick<Question, 'where'>): boolean {
  return Object.keys(where).length > 0
}

/** As it was given: ", only country:DE device:tv". */
function filterText({ where }: Pick<Question, 'where'>): string {
  const filters = Object.entries(where).flatMap(([attribute, values]) =>
    values.map((value) => `${attribute}:${value}`),
  )
  return filters.length === 0 ? '' : `, only ${filters.join(' ')}`
}

function tableOr(header: readonly string[], rows: Parameters<typeof table>[1]): string {
  return rows.length === 0 ? 'Nothing was counted.' : table(header, rows)
}

function faultOf(url: string, { code, message, problem }: TallyError): string {
  if (code === 'network')
    return `${url} does not answer: is a server running there? (--url names another one)`
  if (code === 'timeout') return `${url} does not answer in time.`
  if (code === 'bad_response') return `What answers at ${url} is not Tally: ${message}`
  return `${url} refuses: ${problem?.detail ?? message}`
}
