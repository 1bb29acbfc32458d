// Parses a question about many videos from a JSON body; reports all faults of a request at once. Pure.

import { listOf, objectOf, oneOf, Parameters } from '../../../lib/http/parameters.ts'
import { NAME_RULE } from '../../../model/names.ts'
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

export type QueryQuestion = {
  readonly videoIds: readonly string[]
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
  /** Null: in the order of the given videos and types. */
  readonly order: Order | null
  readonly limit: number
  /** The cursor of a further page. */
  readonly cursor: Cursor | null
  readonly isCompared: boolean
  /** Identifies the question without its page: see cursor.ts. */
  readonly digest: string
}

export const QUERY_FIELDS = [
  'videoIds',
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
export function asksByAttribute(body: unknown): boolean {
  const { where, groupBy } = isObject(body) ? body : {}
  const isFiltered = where !== undefined && !(isObject(where) && Object.keys(where).length === 0)
  return (
    isFiltered || [groupBy ?? []].flat().some((word) => !(DIMENSIONS as readonly unknown[]).includes(word))
  )
}

/** `attributes` are those of events that may be asked for. Fails with ProblemError `invalid-request`. */
export function queryQuestion(
  body: unknown,
  nowMs: number,
  attributes: readonly string[] = [],
): QueryQuestion {
  const fields = new Parameters<unknown>(objectOf(body), QUERY_FIELDS, 'body')
  const videoIds = fields.required('videoIds', VIDEOS_RULE, listOf(parseVideoId, videosMax))
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
  if (cursor !== null && by !== null) {
    const detail =
      'cursor cannot be given: rows by an attribute have no further page; those beyond limit are one row.'
    fields.fault({ parameter: 'cursor', code: 'invalid_parameter', detail })
  }
  fields.check()
  const isCompared = compare !== undefined
  return {
    ...{ videoIds, eventTypes, functions, range, granularity, timeZone, groupBy, by, where, order, limit },
    ...{ cursor, isCompared, digest },
  }
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
    const by = oneOf(DIMENSIONS)(word) === null ? oneOf(attributes)(word) : null
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

function isObject(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
}

function limitOf(given: unknown): number | null {
  return Number.isInteger(given) && (given as number) >= 1 && (given as number) <= rowsMax
    ? (given as number)
    : null
}
