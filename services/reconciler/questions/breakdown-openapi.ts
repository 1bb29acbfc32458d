// The description of breakdowns. The rules are enforced by breakdown-question.ts and breakdown.ts.
import { keysFor, READ_OR_LINK } from '../../../schemas/openapi/access.ts'
import { END_TIME, parameter, TIME } from '../../../schemas/openapi/parameters.ts'
import { temporaryProblem } from '../../../schemas/openapi/problems.ts'
import { type Call, samples } from '../../../schemas/openapi/samples.ts'
import { tableOf } from '../../../schemas/openapi/table-examples.ts'
import { BREAKDOWN_ORDERS } from '../../../stores/archive/breakdowns.ts'
import { CHANNEL_ID, REFUSALS, VIDEO_ID, WHERE } from '../../query/query-openapi.ts'
import { eventType, hidingHours } from '../../query/query-schemas.ts'
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

/** `about` says what a breakdown is of. */
const answered = <About extends object>(about: About) =>
  ({
    type: 'object',
    required: [
      ...(Object.keys(about) as (keyof About)[]),
      ...([
        'eventType',
        'function',
        'by',
        'dimensions',
        'startTime',
        'endTime',
        'total',
        'rows',
        'meta',
      ] as const),
    ],
    properties: {
      ...about,
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
          'Over all rows: counts and sums of the rows add up to it. Without a filter stats give it at the same ' +
          '`asOf`, but late events only after the next recount.',
      },
      rows: {
        type: 'array',
        items: { $ref: '#/components/schemas/BreakdownRow' },
        maxItems: BREAKDOWN_ROWS.max + 1,
      },
      meta: { $ref: '#/components/schemas/Meta' },
    },
    additionalProperties: false,
  }) as const

export const breakdownSchemas = {
  BreakdownRow: {
    type: 'object',
    description:
      'The value of the dimension under the name of the dimension; without the attribute it is empty. By `videoId` ' +
      'the id of a video, and `video` where its title is known.',
    required: ['value'],
    properties: {
      value,
      video: { $ref: '#/components/schemas/Video' },
      isOther: {
        const: true,
        description:
          'The row of all values beyond the limit, and of those that hours whose raw events are purged do not keep ' +
          'apart. Its value is `other`.',
      },
      hidingHours,
    },
    additionalProperties: text,
    minProperties: 2,
    maxProperties: 5,
  },
  Breakdown: answered({ videoId: text }),
  ChannelBreakdown: answered({ channelId: text }),
  SiteBreakdown: answered({}),
} as const

const DESCRIPTION = `Counted from the raw events that are archived, copies once and late events included. Events show
after a minute at the latest; \`meta.asOf\` says how far the answer goes. Of hours whose raw events are purged the most
counted values of each attribute are kept, and the others as one: a range is widened to such hours as a whole, and
the row of a value lacks the hours in which it was among the others (\`hidingHours\` of the row of the rest). Where
nothing is kept that can tell, as of several attributes together, an earlier \`startTime\` is refused and the first
possible one is named; without \`startTime\` the answer begins there, or at the first event. \`meta.complete\` is false
if raw events are missing. By \`videoId\` rows are of the videos of a channel or of all, with what is known of each.`

const range = (name: string, words: string, schema: object) => parameter('query', name, false, words, schema)

const PARAMETERS = [
  parameter(
    'query',
    'by',
    true,
    'An attribute that the setting `DIMENSIONS` declares; of a channel and of the site also `videoId`, though not by ' +
      'a share link.',
    dimension,
  ),
  parameter('query', 'eventType', true, 'Which events.', eventType),
  parameter(
    'query',
    'function',
    true,
    'The rows are in its order, highest first. sum, average, min and max are over events that carry a value.',
    fn,
  ),
  range('startTime', 'Rounded down to a minute, or to an hour. Default: the first event.', TIME),
  range('endTime', 'Exclusive, rounded up in the same way. Default: now.', END_TIME),
  WHERE,
  parameter('query', 'limit', false, `Rows, without that of the rest. Default: ${BREAKDOWN_ROWS.default}.`, {
    type: 'integer',
    minimum: 1,
    maximum: BREAKDOWN_ROWS.max,
  }),
]

const operation = <Id extends string>(
  operationId: Id,
  of: string,
  schema: keyof typeof breakdownSchemas,
  about: readonly object[],
  sample: Call,
) =>
  ({
    get: {
      tags: ['queries'],
      operationId,
      // No link shows the whole site.
      security: about.length === 0 ? keysFor('read') : READ_OR_LINK,
      summary: `One number about ${of}, by the value of an attribute of its events`,
      description: DESCRIPTION,
      parameters: [...about, ...PARAMETERS],
      responses: {
        200: {
          description: 'The answer, as of `meta.asOf`.',
          content: {
            'application/json': { schema: { $ref: `#/components/schemas/${schema}` } },
            'text/csv': tableOf(schema, 'text/csv'),
            'application/x-ndjson': tableOf(schema, 'application/x-ndjson'),
          },
        },
        ...REFUSALS,
        503: temporaryProblem('The archive cannot be read right now, or too much of it is asked for.'),
      },
      'x-codeSamples': samples(sample),
    },
  }) as const

const COUNT = 'by=country&eventType=view&function=count'

export const breakdownPaths = {
  '/v1/videos/{videoId}/breakdown': operation('getBreakdown', 'a video', 'Breakdown', [VIDEO_ID], {
    path: `/v1/videos/cats/breakdown?${COUNT}&limit=10`,
    sdk: `const { rows } = await tally.getBreakdown('cats', 'country', 'view', 'count')
for (const { country, value } of rows) console.log(country, value)`,
  }),
  '/v1/channels/{channelId}/breakdown': operation(
    'getChannelBreakdown',
    'all videos of a channel',
    'ChannelBreakdown',
    [CHANNEL_ID],
    {
      path: `/v1/channels/Pets/breakdown?${COUNT}`,
      sdk: `const { rows } = await tally.getChannelBreakdown('Pets', 'country', 'view', 'count')
for (const { country, value } of rows) console.log(country, value)`,
    },
  ),
  '/v1/site/breakdown': operation('getSiteBreakdown', 'all videos together', 'SiteBreakdown', [], {
    path: `/v1/site/breakdown?${COUNT}&where=device:tv&where=device:phone`,
    sdk: `const { rows } = await tally.getSiteBreakdown('country', 'view', 'count', undefined, undefined, {
  where: { device: ['tv', 'phone'] },
})
for (const { country, value } of rows) console.log(country, value)`,
  }),
} as const
