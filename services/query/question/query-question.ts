// Parses a question about many videos from a JSON body; reports all faults of a request at once. Pure.

import {
  listOf,
  objectOf,
  oneOf,
  Parameters,
  type QueryFault,
  type RawParameters,
} from '../../../lib/http/parameters.ts'
import { NAME_RULE } from '../../../model/names.ts'
import { CHANNEL_RULE, parseChannelId } from './channel.ts'
import { CURSOR_RULE, type Cursor, digestOf, parseCursor } from './cursor.ts'
import { parseType, parseVideoId, parseZone, TYPE_RULE, ZONE_RULE } from './questions.ts'
import { type AskedRange, askedRange, lengthFault } from './range.ts'
import {
  COMPARISONS,
  DIMENSIONS,
  type Dimension,
  FUNCTIONS,
  GRANULARITIES,
  type Granularity,
  QUERY_LIMITS,
  type StatFunction,
} from './vocabulary.ts'
import { attributesRule, type Where, whereOfBody } from './where.ts'

/** The sort order of rows; null values come last in both directions. */
export type Order = {
  readonly by: StatFunction | Dimension | typeof BY_ATTRIBUTE
  readonly isDescending: boolean
}

/** In the order of the values of the attribute that rows are grouped by. */
export const BY_ATTRIBUTE = 'the attribute'

/** Which videos a question is about: these, those of a channel, or all of the tenant. */
export type QueryAbout = ListedVideos | { readonly channelId: string } | { readonly site: true }

type ListedVideos = { readonly videoIds: readonly string[] }

export type QueryQuestion = {
  readonly about: QueryAbout
  readonly eventTypes: readonly string[]
  readonly functions: readonly StatFunction[]
  readonly range: AskedRange
  readonly granularity: Granularity | null
  /** Null if none is given: UTC. */
  readonly timeZone: string | null
  readonly groupBy: readonly Dimension[]
  /** The attribute of events that rows are grouped by, instead of `groupBy`. */
  readonly by: string | null
  readonly where: Where
  /** Null: in the order of the given videos and types, or of ranked rows the highest first. */
  readonly order: Order | null
  readonly limit: number
  /** The cursor of a further page. */
  readonly cursor: Cursor | null
  readonly isCompared: boolean
  /** Identifies the question without its page: see cursor.ts. */
  readonly digest: string
}

/** What the counts are asked, which know no channels and no attributes. */
export type ListedQuestion = QueryQuestion & { readonly about: ListedVideos }

const ABOUT_FIELDS = ['videoIds', 'channelId', 'site'] as const

export const QUERY_FIELDS = [
  ...ABOUT_FIELDS,
  'eventTypes',
  'functions',
  'startTime',
  'endTime',
  'granularity',
  'timeZone',
  'groupBy',
  'where',
  'orderBy',
  'limit',
  'cursor',
  'compare',
] as const

const PAGE_FIELDS: readonly string[] = ['limit', 'cursor']

const { videosMax, typesMax, rowsMax, rowsDefault } = QUERY_LIMITS
const VIDEOS_RULE = `1–${videosMax} different ids, each ${NAME_RULE}`
const TYPES_RULE = `1–${typesMax} different types, each ${TYPE_RULE}`
const FUNCTIONS_RULE = `different functions of ${FUNCTIONS.join(', ')}`
const GROUP_RULE = `different words of ${DIMENSIONS.join(', ')}`

/** Whether only the archive knows the answer. */
export function needsArchive(body: unknown): boolean {
  const { where, groupBy, channelId, site } = isObject(body) ? body : {}
  const isFiltered = where !== undefined && !(isObject(where) && Object.keys(where).length === 0)
  const isByAttribute = [groupBy ?? []].flat().some((word) => !isDimension(word))
  return isFiltered || isByAttribute || channelId !== undefined || site !== undefined
}

export function isListed(question: QueryQuestion): question is ListedQuestion {
  return 'videoIds' in question.about
}

/** What `needsArchive` leaves to the counts. Fails with ProblemError `invalid-request`. */
export function listedQuestion(body: unknown, nowMs: number): ListedQuestion {
  const question = queryQuestion(body, nowMs)
  if (!isListed(question)) throw new Error('The counts know no channels.')
  return question
}

/** Whether rows are of the first values or videos, and one of all others; otherwise their number is known. */
export function isRanked({ by, about, groupBy }: Pick<QueryQuestion, 'by' | 'about' | 'groupBy'>): boolean {
  return by !== null || (!('videoIds' in about) && groupBy.includes('video'))
}

/** `attributes` are those of events that may be asked for. Fails with ProblemError `invalid-request`. */
export function queryQuestion(
  body: unknown,
  nowMs: number,
  attributes: readonly string[] = [],
): QueryQuestion {
  const fields = new Parameters<unknown>(objectOf(body), QUERY_FIELDS, 'body')
  const about = aboutOf(fields, objectOf(body))
  const eventTypes = fields.required('eventTypes', TYPES_RULE, listOf(parseType, typesMax))
  const functionsOf = listOf(oneOf(FUNCTIONS), FUNCTIONS.length)
  const functions = fields.optional('functions', FUNCTIONS_RULE, functionsOf) ?? ['count']
  const range = askedRange(fields, nowMs)
  const granularityRule = `one of ${GRANULARITIES.join(', ')}`
  const granularity = fields.optional('granularity', granularityRule, oneOf(GRANULARITIES)) ?? null
  const timeZone = fields.optional('timeZone', ZONE_RULE, parseZone) ?? null
  const { groupBy, by } =
    fields.optional('groupBy', groupRule(attributes), groupingOf(attributes)) ?? NO_GROUPS
  const where = whereOfBody(fields, attributes)
  const sortable = [...functions, ...groupBy]
  const words = by === null ? sortable : [...sortable, by]
  const order = fields.optional('orderBy', orderRule(words), orderOf(sortable, by)) ?? null
  const limit = fields.optional('limit', `a whole number from 1 to ${rowsMax}`, limitOf) ?? rowsDefault
  const compare = fields.optional('compare', `one of ${COMPARISONS.join(', ')}`, oneOf(COMPARISONS))
  const digest = digestOf(objectOf(body), QUERY_FIELDS, PAGE_FIELDS)
  const cursor = fields.optional('cursor', CURSOR_RULE, (given) => parseCursor(given, digest)) ?? null

  const from = cursor?.range.from ?? range.from
  if (granularity !== null && from !== null) {
    const fault = lengthFault({ from, to: cursor?.range.to ?? range.to }, granularity)
    if (fault !== null) fields.fault(fault)
  }
  const grouping = { about, groupBy, by }
  for (const fault of [groupFault(grouping), cursorFault(cursor, grouping)])
    if (fault !== null) fields.fault(fault)
  fields.check()
  const isCompared = compare !== undefined
  return {
    ...{ about, eventTypes, functions, range, granularity, timeZone, groupBy, by, where, order, limit },
    ...{ cursor, isCompared, digest },
  }
}

/** The value may be used once `fields` are checked. */
function aboutOf(fields: Parameters<unknown>, raw: RawParameters): QueryAbout {
  const given = ABOUT_FIELDS.filter((name) => raw[name] !== undefined)
  for (const name of given.slice(1)) {
    const detail = `${name} cannot be given beside ${given[0]}: a question is about one of ${ABOUT_FIELDS.join(', ')}.`
    fields.fault({ parameter: name, code: 'invalid_parameter', detail })
  }
  if (given[0] === 'channelId')
    return { channelId: fields.required('channelId', CHANNEL_RULE, parseChannelId) }
  if (given[0] === 'site') return { site: fields.required('site', 'true', (site) => site === true || null) }
  const rule = given.length > 0 ? VIDEOS_RULE : `${VIDEOS_RULE}, unless channelId or site is given`
  return { videoIds: fields.required('videoIds', rule, listOf(parseVideoId, videosMax)) }
}

type Asked = Pick<QueryQuestion, 'about' | 'groupBy' | 'by'>

/** Of how many videos there are rows, and of which channel, only the archive could tell. */
function groupFault({ about, groupBy }: Asked): QueryFault | null {
  if ('videoIds' in about || (groupBy.length <= 1 && groupBy[0] !== 'channel')) return null
  const detail = `groupBy must be one of video, type or an attribute, alone, where ${Object.keys(about)[0]} is given.`
  return { parameter: 'groupBy', code: 'invalid_parameter', detail }
}

function cursorFault(cursor: Cursor | null, asked: Asked): QueryFault | null {
  if (cursor === null || !isRanked(asked)) return null
  const detail =
    'cursor cannot be given: there is no further page of these rows; those beyond limit are one row.'
  return { parameter: 'cursor', code: 'invalid_parameter', detail }
}

type Grouping = Pick<QueryQuestion, 'groupBy' | 'by'>

const NO_GROUPS: Grouping = { groupBy: [], by: null }

function groupRule(attributes: readonly string[]): string {
  return attributes.length === 0 ? GROUP_RULE : `${GROUP_RULE}, or alone ${attributesRule(attributes)}`
}

function groupingOf(attributes: readonly string[]) {
  return (given: unknown): Grouping | null => {
    if (Array.isArray(given) && given.length === 0) return NO_GROUPS
    const [word, ...more] = [given].flat()
    const by = isDimension(word) ? null : oneOf(attributes)(word)
    if (by !== null && more.length === 0) return { groupBy: [], by }
    const groupBy = listOf(oneOf(DIMENSIONS), DIMENSIONS.length)(given)
    return groupBy && { groupBy, by: null }
  }
}

function orderRule(sortable: readonly string[]): string {
  return `a function or dimension that is asked for, with a minus to go downwards: one of ${sortable
    .flatMap((word) => [word, `-${word}`])
    .join(', ')}`
}

function orderOf(sortable: readonly (StatFunction | Dimension)[], attribute: string | null) {
  return (given: unknown): Order | null => {
    if (typeof given !== 'string') return null
    const isDescending = given.startsWith('-')
    const word = isDescending ? given.slice(1) : given
    const by = word === attribute ? BY_ATTRIBUTE : oneOf(sortable)(word)
    return by === null ? null : { by, isDescending }
  }
}

function isDimension(word: unknown): word is Dimension {
  return (DIMENSIONS as readonly unknown[]).includes(word)
}

function isObject(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
}

function limitOf(given: unknown): number | null {
  return Number.isInteger(given) && (given as number) >= 1 && (given as number) <= rowsMax
    ? (given as number)
    : null
}
