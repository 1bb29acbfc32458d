// The schemas of questions and answers. The rules are enforced by services/query/question/questions.ts and
// services/query/question/query-question.ts.

import { ATTRIBUTE_VALUE_CHARS_MAX } from '../../model/parse-event.ts'
import { BODY_END_TIME, BODY_TIME, NAME, plainText } from '../../schemas/openapi/parameters.ts'
import { auditSchemas } from './audit/audit-openapi.ts'
import {
  COMPARISONS,
  DIMENSIONS,
  FUNCTIONS,
  GRANULARITIES,
  QUERY_LIMITS,
  STANDARD_TYPES,
  SUMMARY_FUNCTIONS,
  SUMMARY_TYPES_MAX,
} from './question/vocabulary.ts'
import { WHERE_VALUES_MAX } from './question/where.ts'
import { VIDEO_LIMITS } from './videos/video-form.ts'

const VALUE =
  'Exact; averages are rounded to the nearest double. A sum may have more digits than a double holds.'

const instant = { type: 'string', format: 'date-time' } as const
const amount = { type: 'number', description: VALUE } as const
const amountOrNull = {
  type: ['number', 'null'],
  description: 'Null if no event carried a value.',
} as const
const tally = { type: 'integer', minimum: 0 } as const
const about = { videoId: { type: 'string' }, startTime: instant, endTime: instant } as const
const video = { $ref: '#/components/schemas/Video' } as const
const meta = { $ref: '#/components/schemas/Meta' } as const

const total = {
  eventType: { type: 'string' },
  function: { type: 'string', enum: FUNCTIONS },
  startTime: instant,
  endTime: instant,
  value: { ...amountOrNull, description: VALUE },
  series: { type: 'array', items: { $ref: '#/components/schemas/Point' } },
  meta,
} as const

export const hidingHours = {
  type: 'integer',
  minimum: 1,
  description:
    'In so many hours of which raw events are purged, this row may hold events of the values above: their rows may ' +
    'lack as many.',
} as const
export const eventType = {
  type: 'string',
  pattern: '^[a-z][a-z0-9_-]{0,31}$',
  examples: STANDARD_TYPES,
} as const
export const fn = { type: 'string', enum: FUNCTIONS } as const
export const granularity = { type: 'string', enum: GRANULARITIES } as const
export const timeZone = { type: 'string', format: 'time-zone', examples: ['Europe/Berlin'] } as const

const { videosMax, typesMax, pointsMax, rowsMax, rowsDefault, cursorCharsMax } = QUERY_LIMITS

/** A single value, or a list of different ones. */
const oneOrMore = <T extends object>(items: T, maxItems: number) =>
  ({ anyOf: [items, { type: 'array', items, minItems: 1, maxItems, uniqueItems: true }] }) as const

const ATTRIBUTE = '[A-Za-z][A-Za-z0-9._-]{0,63}'
const attribute = { type: 'string', pattern: `^${ATTRIBUTE}$` } as const
const attributeValue = plainText(0, ATTRIBUTE_VALUE_CHARS_MAX)

/** Of a channel or all videos: one word, and not that one. */
const word = { not: { const: 'channel' } } as const
const ALONE = {
  anyOf: [
    { type: 'string', ...word },
    { type: 'array', items: word, maxItems: 1 },
  ],
} as const

const GROUP_WORDS =
  'What the rows are grouped by: words of video, type and channel, or alone an attribute that the setting ' +
  '`DIMENSIONS` declares, whose values beyond `limit` are one row. With `channelId` or `site` one of video, type ' +
  'and an attribute, alone; the videos beyond `limit` are one row. Default: nothing, so that everything is one row.'
const WHERE_WORDS =
  'Only events count that have one of these values of each attribute: a value or a list of them by an attribute ' +
  `that the setting \`DIMENSIONS\` declares, at most ${WHERE_VALUES_MAX} values in all. Without the attribute an ` +
  'event has the empty value.'

/** How a range is rounded, for the description. */
export const START_WORDS =
  'Rounded down to a minute; if minutes (hours) are no longer kept, to a quarter of an hour (UTC day). ' +
  'Default: the first counted minute.'
export const END_WORDS = 'Exclusive, rounded up in the same way. Default: now.'

const typeSummary = { $ref: '#/components/schemas/TypeSummary' } as const
/** Tools that make clients want to see what is required; its type is that of all others, as the SDK has it. */
const standardTypes: object = {
  properties: Object.fromEntries(STANDARD_TYPES.map((type) => [type, typeSummary])),
}
const values = { $ref: '#/components/schemas/QueryValues' } as const
const series = { type: 'array', items: { $ref: '#/components/schemas/QueryPoint' } } as const

export const QUERY_EXAMPLE = {
  videoIds: ['cats', 'dogs'],
  eventTypes: ['view', 'like'],
  functions: ['count', 'average'],
  startTime: '2026-11-01T00:00:00Z',
  endTime: '2026-11-08T00:00:00Z',
  granularity: 'P1D',
  timeZone: 'Europe/Berlin',
  groupBy: ['video', 'type'],
  orderBy: '-count',
  compare: 'previous',
} as const

const UTC_DAYS_WORDS =
  'Set if a series in a time zone reaches further back than hours are kept: periods before this time are ' +
  'made of the UTC days of the same dates.'

/** For counts: up to when they were complete. */
export const asOf = {
  type: ['string', 'null'],
  format: 'date-time',
  description: 'Everything that the log had taken by then is counted here; null if that is not known yet.',
} as const

export const querySchemas = {
  Meta: {
    type: 'object',
    required: ['asOf', 'complete', 'reconciled', 'stale'],
    properties: {
      asOf,
      complete: { type: 'boolean', description: 'Nothing accepted before the end of the range is missing.' },
      reconciled: { type: 'boolean', description: 'The whole range has been recounted from raw events.' },
      stale: {
        type: 'boolean',
        description:
          'Stored counts may be missing because not all of the store answered; or none did, and this is the last ' +
          'answer to the question, with its own range and `asOf`.',
      },
      importing: {
        const: true,
        description:
          'Set while events that were imported into the range are not counted: until the next recounts.',
      },
      utcDaysBefore: {
        ...instant,
        description: UTC_DAYS_WORDS,
      },
      utcHoursBefore: {
        ...instant,
        description: 'The same for UTC hours, if an earlier release added up hours as a whole.',
      },
    },
    additionalProperties: false,
  },
  Point: {
    type: 'object',
    required: ['time', 'value'],
    properties: {
      time: { ...instant, description: 'Where the period starts, with the offset of the time zone.' },
      value: amountOrNull,
    },
    additionalProperties: false,
  },
  Stats: {
    type: 'object',
    required: ['videoId', 'eventType', 'function', 'startTime', 'endTime', 'value', 'meta'],
    properties: { videoId: about.videoId, ...total, video },
    additionalProperties: false,
  },
  ChannelStats: {
    type: 'object',
    required: ['channelId', 'eventType', 'function', 'startTime', 'endTime', 'value', 'meta'],
    properties: { channelId: { type: 'string' }, ...total },
    additionalProperties: false,
  },
  SiteStats: {
    type: 'object',
    required: ['eventType', 'function', 'startTime', 'endTime', 'value', 'meta'],
    properties: total,
    additionalProperties: false,
  },
  TypeSummary: {
    type: 'object',
    required: SUMMARY_FUNCTIONS,
    properties: { count: tally, sum: amount, average: amountOrNull, min: amountOrNull, max: amountOrNull },
    additionalProperties: false,
  },
  Summary: {
    type: 'object',
    required: ['videoId', 'startTime', 'endTime', 'types', 'meta'],
    properties: {
      ...about,
      types: {
        type: 'object',
        description: `By event type; at most ${SUMMARY_TYPES_MAX}.`,
        required: STANDARD_TYPES,
        ...standardTypes,
        additionalProperties: typeSummary,
      },
      typesOmitted: { ...tally, description: 'How many more types there are.' },
      video,
      meta,
    },
    additionalProperties: false,
  },
  Query: {
    type: 'object',
    description: 'About named videos, all videos of a channel, or all videos together: exactly one of these.',
    required: ['eventTypes'],
    oneOf: [{ required: ['videoIds'] }, { required: ['channelId'] }, { required: ['site'] }],
    if: { required: ['videoIds'], properties: { videoIds: {} } },
    else: { properties: { groupBy: ALONE } },
    properties: {
      videoIds: oneOrMore(NAME, videosMax),
      channelId: {
        ...plainText(1, VIDEO_LIMITS.channelCharsMax),
        description: 'All videos whose metadata names this channel now.',
      },
      site: { const: true, description: 'All videos.' },
      eventTypes: oneOrMore(eventType, typesMax),
      functions: {
        ...oneOrMore(fn, FUNCTIONS.length),
        description: 'Default: count.',
      },
      startTime: { ...BODY_TIME, description: START_WORDS },
      endTime: { ...BODY_END_TIME, description: END_WORDS },
      granularity: {
        ...granularity,
        description:
          `Adds series. videoIds × eventTypes × periods is at most ${pointsMax}; so is, of rows by an attribute, or ` +
          'by video of a channel or all videos, (limit + 1) × periods.',
      },
      timeZone: { ...timeZone, description: 'The time zone of hours, days, weeks and months. Default: UTC.' },
      groupBy: {
        anyOf: [
          { ...attribute, examples: [...DIMENSIONS, 'country'] },
          {
            type: 'array',
            items: { ...attribute, examples: [...DIMENSIONS, 'country'] },
            maxItems: DIMENSIONS.length,
            uniqueItems: true,
          },
        ],
        description: GROUP_WORDS,
      },
      where: {
        type: 'object',
        propertyNames: attribute,
        additionalProperties: oneOrMore(attributeValue, WHERE_VALUES_MAX),
        maxProperties: WHERE_VALUES_MAX,
        examples: [{ country: ['DE', 'FR'], device: 'tv' }],
        description: WHERE_WORDS,
      },
      orderBy: {
        type: 'string',
        pattern: `^-?${ATTRIBUTE}$`,
        examples: ['-count'],
        description:
          'A requested function or dimension; with a minus, descending. Null comes last. Default: the given order, ' +
          'and where `limit` leaves a row of the rest the highest first.',
      },
      limit: {
        type: 'integer',
        minimum: 1,
        maximum: rowsMax,
        description: `Rows of one answer, without that of the rest. Default: ${rowsDefault}.`,
      },
      cursor: {
        type: 'string',
        maxLength: cursorCharsMax,
        description: 'The nextCursor of the previous page; all other fields except limit must be unchanged.',
      },
      compare: {
        type: 'string',
        enum: COMPARISONS,
        description:
          'Adds the equally long period before: in days of the zone, or in months if the series is in months. Like ' +
          'the range itself it is widened where minutes are no longer kept; `previous` says what it is.',
      },
    },
    additionalProperties: false,
    examples: [QUERY_EXAMPLE],
  },
  QueryAnswer: {
    type: 'object',
    required: ['startTime', 'endTime', 'rows', 'meta'],
    properties: {
      startTime: instant,
      endTime: instant,
      granularity,
      timeZone,
      rows: { type: 'array', items: { $ref: '#/components/schemas/QueryRow' } },
      nextCursor: { type: 'string', description: 'Set if there are more rows.' },
      meta,
    },
    additionalProperties: false,
  },
  QueryRow: {
    type: 'object',
    description: 'Has those of videoId, eventType, channelId and attributes by which it is grouped.',
    required: ['values'],
    properties: {
      videoId: { type: 'string' },
      eventType: { type: 'string' },
      channelId: { type: ['string', 'null'], description: 'Null if the channel is unknown.' },
      attributes: {
        type: 'object',
        additionalProperties: { type: 'string' },
        description: 'The value of the attribute under its name; empty for events without it.',
      },
      isOther: {
        const: true,
        description: 'The row of all values or videos beyond the limit, whose value or id is `other`.',
      },
      hidingHours,
      values,
      series,
      previous: { $ref: '#/components/schemas/QueryPrevious' },
    },
    additionalProperties: false,
  },
  QueryPrevious: {
    type: 'object',
    description: 'The equally long period before.',
    required: ['startTime', 'endTime', 'values'],
    properties: { startTime: instant, endTime: instant, values, series },
    additionalProperties: false,
  },
  QueryPoint: {
    type: 'object',
    required: ['time', 'values'],
    properties: {
      time: { ...instant, description: 'Where the period starts, with the offset of the time zone.' },
      values,
    },
    additionalProperties: false,
  },
  QueryValues: {
    type: 'object',
    description: 'The values by requested function.',
    properties: {
      count: tally,
      sum: amount,
      average: amountOrNull,
      min: amountOrNull,
      max: amountOrNull,
      rate: { ...amountOrNull, description: 'Events per minute of the period; null if it has no minutes.' },
      cumulative: { ...tally, description: 'Events since the range began.' },
    },
    additionalProperties: false,
  },
  ...auditSchemas,
} as const
