// The description of breakdowns. The rules are enforced by breakdown-question.ts and breakdown.ts.
import { keysFor } from '../../schemas/openapi/access.ts'
import { END_TIME, parameter, TIME } from '../../schemas/openapi/parameters.ts'
import { temporaryProblem } from '../../schemas/openapi/problems.ts'
import { samples } from '../../schemas/openapi/samples.ts'
import { BREAKDOWN_ORDERS } from '../../stores/archive/breakdowns.ts'
import { REFUSALS, VIDEO_ID } from '../query/query-openapi.ts'
import { eventType } from '../query/query-schemas.ts'
import { BREAKDOWN_ROWS } from './breakdown-question.ts'

const text = { type: 'string' } as const
const instant = { type: 'string', format: 'date-time' } as const
const value = { type: ['number', 'null'], description: 'Null if no event carried a value.' } as const
const fn = { type: 'string', enum: BREAKDOWN_ORDERS } as const
const dimension = {
  type: 'string',
  pattern: '^[A-Za-z][A-Za-z0-9._-]{0,63}$',
  examples: ['country', 'device'],
} as const

export const breakdownSchemas = {
  BreakdownRow: {
    type: 'object',
    description:
      'The value of the dimension under the name of the dimension; without the attribute it is empty.',
    required: ['value'],
    properties: {
      value,
      isOther: {
        const: true,
        description: 'The row of all values beyond the limit, whose value is `other`.',
      },
    },
    additionalProperties: text,
    minProperties: 2,
    maxProperties: 3,
  },
  Breakdown: {
    type: 'object',
    required: [
      'videoId',
      'eventType',
      'function',
      'by',
      'dimensions',
      'startTime',
      'endTime',
      'total',
      'rows',
      'meta',
    ],
    properties: {
      videoId: text,
      eventType: text,
      function: fn,
      by: text,
      dimensions: {
        type: 'array',
        items: text,
        description:
          'What this server can be asked by: the setting `DIMENSIONS`, and `tally.automated` in any case.',
      },
      startTime: instant,
      endTime: instant,
      total: {
        ...value,
        description:
          'Over all rows: counts and sums of the rows add up to it. Stats give it at the same `asOf`, but late ' +
          'events only after the next recount.',
      },
      rows: {
        type: 'array',
        items: { $ref: '#/components/schemas/BreakdownRow' },
        maxItems: BREAKDOWN_ROWS.max + 1,
      },
      meta: { $ref: '#/components/schemas/Meta' },
    },
    additionalProperties: false,
  },
} as const

const DESCRIPTION = `Counted from the raw events that are archived, copies once and late events included. Events show
after a minute at the latest; \`meta.asOf\` says how far the answer goes. Of hours whose raw events are purged the most
counted values are kept, and the others as one: a range is widened to such hours as a whole. Where nothing is kept by
the attribute, an earlier \`startTime\` is refused and the first possible one is named; without \`startTime\` the answer
begins there, or at the first event. \`meta.complete\` is false if raw events are missing.`

export const breakdownPaths = {
  '/v1/videos/{videoId}/breakdown': {
    get: {
      tags: ['queries'],
      operationId: 'getBreakdown',
      security: keysFor('read'),
      summary: 'One number about a video, by the value of an attribute of its events',
      description: DESCRIPTION,
      parameters: [
        VIDEO_ID,
        parameter('query', 'by', true, 'An attribute that the setting `DIMENSIONS` declares.', dimension),
        parameter('query', 'eventType', true, 'Which events.', eventType),
        parameter(
          'query',
          'function',
          true,
          'The rows are in its order, highest first. sum, average, min and max are over events that carry a value.',
          fn,
        ),
        parameter(
          'query',
          'startTime',
          false,
          'Rounded down to a minute, or to an hour. Default: the first event.',
          TIME,
        ),
        parameter(
          'query',
          'endTime',
          false,
          'Exclusive, rounded up in the same way. Default: now.',
          END_TIME,
        ),
        parameter(
          'query',
          'limit',
          false,
          `Rows, without that of the rest. Default: ${BREAKDOWN_ROWS.default}.`,
          {
            type: 'integer',
            minimum: 1,
            maximum: BREAKDOWN_ROWS.max,
          },
        ),
      ],
      responses: {
        200: {
          description: 'The answer, as of `meta.asOf`.',
          content: {
            'application/json': { schema: { $ref: '#/components/schemas/Breakdown' } },
            'text/csv': { schema: text },
            'application/x-ndjson': { schema: text },
          },
        },
        ...REFUSALS,
        503: temporaryProblem('The archive cannot be read right now, or too much of it is asked for.'),
      },
      'x-codeSamples': samples({
        path: '/v1/videos/cats/breakdown?by=country&eventType=view&function=count&limit=10',
        sdk: `const { rows } = await tally.getBreakdown('cats', 'country', 'view', 'count')
for (const { country, value } of rows) console.log(country, value)`,
      }),
    },
  },
} as const
