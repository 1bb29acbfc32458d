// The addresses that answer questions. The rules are enforced by services/query/questions.ts.
import {
  FUNCTIONS,
  GRANULARITIES,
  SERIES_PERIODS_MAX,
  STANDARD_TYPES,
  SUMMARY_TYPES_MAX,
} from '../../services/query/vocabulary.ts'
import { auditSchemas } from './audit.ts'
import { parameter, TIME } from './parameters.ts'
import { KEY_PROBLEMS, problem, temporaryProblem } from './problems.ts'

const VALUE =
  'Exact; averages are rounded to the nearest double. A sum may have more digits than a double holds.'

const instant = { type: 'string', format: 'date-time' } as const
const amount = { type: 'number', description: VALUE } as const
const amountOrNull = {
  type: ['number', 'null'],
  description: 'Null where no event carried a value.',
} as const
const tally = { type: 'integer', minimum: 0 } as const
const about = { videoId: { type: 'string' }, startTime: instant, endTime: instant } as const
const meta = { $ref: '#/components/schemas/Meta' } as const

export const querySchemas = {
  Meta: {
    type: 'object',
    required: ['asOf', 'complete', 'reconciled', 'stale'],
    properties: {
      asOf: { ...instant, description: 'Everything that the log had taken by then is in the answer.' },
      complete: { type: 'boolean', description: 'Nothing accepted before the end of the range is missing.' },
      reconciled: { type: 'boolean', description: 'The whole range has been recounted from raw events.' },
      stale: {
        type: 'boolean',
        description: 'Stored counts may be missing, as not all of the store answered.',
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
    properties: {
      ...about,
      eventType: { type: 'string' },
      function: { type: 'string', enum: FUNCTIONS },
      value: { ...amountOrNull, description: VALUE },
      series: { type: 'array', items: { $ref: '#/components/schemas/Point' } },
      video: { $ref: '#/components/schemas/Video' },
      meta,
    },
    additionalProperties: false,
  },
  TypeSummary: {
    type: 'object',
    required: FUNCTIONS,
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
        additionalProperties: { $ref: '#/components/schemas/TypeSummary' },
      },
      typesOmitted: { ...tally, description: 'How many more types there are.' },
      video: { $ref: '#/components/schemas/Video' },
      meta,
    },
    additionalProperties: false,
  },
  ...auditSchemas,
} as const

const RANGE_PARAMETERS = [
  parameter(
    'query',
    'startTime',
    false,
    'Rounded down to a minute, and where minutes (hours) are no longer kept to a whole hour (UTC day). Default: the first counted minute.',
    TIME,
  ),
  parameter('query', 'endTime', false, 'Exclusive, rounded up likewise. Default: now.', TIME),
]
const VIDEO_ID = parameter('path', 'videoId', true, 'Percent-encoded.', {
  type: 'string',
  minLength: 1,
  maxLength: 128,
})

const answered = (schema: keyof typeof querySchemas, ...mediaTypes: readonly 'text/csv'[]) => ({
  description: 'The answer, as of `meta.asOf`.',
  content: {
    'application/json': { schema: { $ref: `#/components/schemas/${schema}` } },
    ...Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, { schema: { type: 'string' } }])),
  },
})

const REFUSALS = {
  400: problem('The question is not valid; `errors` names every parameter at fault.'),
  ...KEY_PROBLEMS,
  503: temporaryProblem('The counts cannot be read right now.'),
} as const

export const queryPaths = {
  '/v1/videos/{videoId}/stats': {
    get: {
      tags: ['queries'],
      operationId: 'getStats',
      summary: 'One number about the events of one type of a video, and its course through time',
      parameters: [
        VIDEO_ID,
        parameter('query', 'eventType', true, 'Which events.', {
          type: 'string',
          pattern: '^[a-z][a-z0-9_-]{0,31}$',
          examples: STANDARD_TYPES,
        }),
        parameter('query', 'function', true, 'All but count are over the events that carry a value.', {
          type: 'string',
          enum: FUNCTIONS,
        }),
        ...RANGE_PARAMETERS,
        parameter('query', 'granularity', false, `Adds a series, of at most ${SERIES_PERIODS_MAX} periods.`, {
          type: 'string',
          enum: GRANULARITIES,
        }),
        parameter(
          'query',
          'timeZone',
          false,
          'Whose hours and days: an id of the IANA database. Default: UTC.',
          {
            type: 'string',
            examples: ['Europe/Berlin'],
          },
        ),
      ],
      responses: { 200: answered('Stats', 'text/csv'), ...REFUSALS },
    },
  },
  '/v1/videos/{videoId}/summary': {
    get: {
      tags: ['queries'],
      operationId: 'getSummary',
      summary: 'Every function of every event type of a video',
      parameters: [VIDEO_ID, ...RANGE_PARAMETERS],
      responses: { 200: answered('Summary', 'text/csv'), ...REFUSALS },
    },
  },
  '/v1/audit': {
    get: {
      tags: ['queries'],
      operationId: 'getAudit',
      summary:
        'Whether the counts are right: probes, recounts, alerts, and how every event of every source ended',
      responses: { 200: answered('Audit'), ...KEY_PROBLEMS, 503: REFUSALS[503] },
    },
  },
} as const
