// The description of questions in SQL. The rules are enforced by sql-route.ts.
import { keysFor } from '../../../schemas/openapi/access.ts'
import { BODY_END_TIME, BODY_TIME } from '../../../schemas/openapi/parameters.ts'
import { temporaryProblem } from '../../../schemas/openapi/problems.ts'
import { samples } from '../../../schemas/openapi/samples.ts'
import { REFUSALS } from '../../query/query-openapi.ts'
import { SQL_LIMITS } from './sql-route.ts'

const text = { type: 'string' } as const
const instant = { type: 'string', format: 'date-time' } as const

const DESCRIPTION = `One SELECT in the SQL of DuckDB from \`events\`, the archived events of all tenants that count,
each once, with the columns tenant, video_id, type, id, time, value, viewer_id, channel_id, attributes (JSON),
event_source, minute and late. Tables are named without a schema. Only a range of events is there: of the last 24 hours,
where it says no other. Events show after a minute at the latest. Nothing else can be read, and nothing changed. One
question is answered at a time, in a process of its own, within twenty seconds and 768 MiB; what takes more is refused.
Seven others may wait. DECIMAL and BIGINT values are text.`

const SQL_EXAMPLE = {
  sql: 'SELECT video_id, type, count(*) AS events FROM events GROUP BY ALL ORDER BY events DESC',
  limit: 10,
} as const

export const sqlSchemas = {
  Sql: {
    type: 'object',
    required: ['sql'],
    properties: {
      sql: {
        ...text,
        minLength: 1,
        maxLength: SQL_LIMITS.charsMax,
        examples: ['SELECT type, count(*) FROM events GROUP BY type'],
      },
      startTime: { ...BODY_TIME, description: 'Rounded down to a minute. Default: 24 hours before the end.' },
      endTime: { ...BODY_END_TIME, description: 'Exclusive, rounded up to a minute. Default: now.' },
      limit: {
        type: 'integer',
        minimum: 1,
        maximum: SQL_LIMITS.rowsMax,
        description: `Rows of the answer. Default: ${SQL_LIMITS.rowsDefault}.`,
      },
    },
    additionalProperties: false,
    examples: [SQL_EXAMPLE],
  },
  SqlAnswer: {
    type: 'object',
    required: ['startTime', 'endTime', 'asOf', 'columns', 'rows', 'isCut'],
    properties: {
      startTime: instant,
      endTime: instant,
      asOf: {
        type: ['string', 'null'],
        format: 'date-time',
        description: 'Everything that the log had taken by then is archived.',
      },
      columns: {
        type: 'array',
        items: {
          type: 'object',
          required: ['name', 'type'],
          properties: { name: text, type: text },
          additionalProperties: false,
        },
      },
      rows: { type: 'array', items: { type: 'array' }, maxItems: SQL_LIMITS.rowsMax },
      isCut: { type: 'boolean', description: 'There are more rows.' },
    },
    additionalProperties: false,
  },
} as const

export const sqlPaths = {
  '/v1/admin/sql': {
    post: {
      tags: ['batch layer'],
      operationId: 'askSql',
      security: keysFor('admin'),
      summary: 'Ask the archived events of all tenants in SQL',
      description: DESCRIPTION,
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Sql' } } },
      },
      responses: {
        200: {
          description: 'The rows, in the order of the question.',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/SqlAnswer' } } },
        },
        ...REFUSALS,
        503: temporaryProblem(
          'The archive cannot be read right now, the answer takes too long, too many wait, or the disk is too full.',
        ),
      },
      'x-codeSamples': samples({ path: '/v1/admin/sql', body: SQL_EXAMPLE }),
    },
  },
} as const
