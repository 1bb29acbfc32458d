// The description of the query routes.

import { keysFor, READ_OR_LINK } from '../../schemas/openapi/access.ts'
import { END_TIME, NAME, parameter, plainText, TIME } from '../../schemas/openapi/parameters.ts'
import { KEY_PROBLEMS, problem, temporaryProblem } from '../../schemas/openapi/problems.ts'
import { samples } from '../../schemas/openapi/samples.ts'
import { type Table, tableOf } from '../../schemas/openapi/table-examples.ts'
import {
  END_WORDS,
  eventType,
  fn,
  granularity,
  QUERY_EXAMPLE,
  type querySchemas,
  START_WORDS,
  timeZone,
} from './query-schemas.ts'
import { CHANNEL_READ_MAX, CHANNEL_VIDEOS_MAX, SERIES_PERIODS_MAX } from './question/vocabulary.ts'
import { FILTER_PATTERN, WHERE_VALUES_MAX } from './question/where.ts'
import { VIDEO_LIMITS } from './videos/video-form.ts'

const RANGE_PARAMETERS = [
  parameter('query', 'startTime', false, START_WORDS, TIME),
  parameter('query', 'endTime', false, END_WORDS, END_TIME),
]
export const VIDEO_ID = parameter(
  'path',
  'videoId',
  true,
  'Percent-encoded. `.` and `..` cannot be part of an address: ask for them by query.',
  NAME,
)

export const CHANNEL_ID = parameter(
  'path',
  'channelId',
  true,
  'Percent-encoded.',
  plainText(1, VIDEO_LIMITS.channelCharsMax),
)

const CSV_WORDS =
  ' In CSV, text that a spreadsheet would run as a formula begins with an apostrophe; with ' +
  '`Accept: text/csv; formula-guard=off` it does not, and `bom=on` asks for a byte order mark.'
export const TABLES = ['text/csv', 'application/x-ndjson'] as const

export const answered = (schema: keyof typeof querySchemas, mediaTypes: readonly Table[] = []) => ({
  description: `The answer, as of \`meta.asOf\`.${mediaTypes.includes('text/csv') ? CSV_WORDS : ''}`,
  content: {
    'application/json': { schema: { $ref: `#/components/schemas/${schema}` } },
    ...Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, tableOf(schema, mediaType)])),
  },
})

const RATE = `The tenant, or the address if keys are off, exceeds its rate: a question costs about as much as it has
series × periods.`

export const REFUSALS = {
  400: problem('The question is not valid; `errors` names every faulty parameter.'),
  ...KEY_PROBLEMS,
  429: temporaryProblem(RATE),
  503: temporaryProblem('The counts cannot be read right now.'),
} as const

const FUNCTION_WORDS =
  'sum, average, min and max are over the events that carry a value; rate is events per minute; cumulative is their ' +
  'number since the range began.'

const AGE_WORDS =
  ' PT15M and PT1H reach as far back as hours are kept, PT1M as minutes are; days, weeks and months of a time ' +
  'zone further back are made of UTC days, see `meta.utcDaysBefore`.'
const QUERY = {
  tags: ['queries'],
  summary: 'Many videos, types and functions at once, grouped, ordered, compared with the period before',
  description:
    'Sums add up over the events of a row, averages are over all its events with a value. As CSV or NDJSON a row ' +
    'of the answer, or each period of its series, is a row; the next cursor is in the header `next-cursor`. ' +
    'With `channelId`, `site` or `where`, or grouped by an attribute of events, it is counted from the archive as a ' +
    'breakdown is: events show after a minute at the latest, and a range is refused that begins before what is kept ' +
    `of them can tell. A channel of more than ${CHANNEL_VIDEOS_MAX} videos is refused.`,
  requestBody: {
    required: true,
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Query' } } },
  },
  responses: {
    200: answered('QueryAnswer', TABLES),
    ...REFUSALS,
    413: problem('The body is too large.'),
    415: problem('The body is not JSON.'),
    421: problem(
      'The host name is not served; or only the archive knows the answer, and the process has none.',
    ),
  },
} as const

const WHERE_WORDS =
  'Only events that have this value of an attribute count: `attribute:value`, and `attribute:` for those without it. ' +
  'Given more than once, an event must have one of the values of each attribute.'

export const WHERE = parameter('query', 'where', false, WHERE_WORDS, {
  type: 'array',
  items: { type: 'string', pattern: FILTER_PATTERN, examples: ['country:DE'] },
  minItems: 1,
  maxItems: WHERE_VALUES_MAX,
})

/** Of an answer to a question with a filter. */
export const FILTERED_WORDS =
  'With `where` it is counted from the archive, as a breakdown is: events show after a minute at the latest, late ' +
  'ones as soon as they are archived, and a range is refused that begins before what is kept of them can tell.'

/** What every question for one number takes. */
export const STATS_QUERY = [
  parameter('query', 'eventType', true, 'Which events.', eventType),
  parameter('query', 'function', true, FUNCTION_WORDS, fn),
  ...RANGE_PARAMETERS,
  parameter(
    'query',
    'granularity',
    false,
    `Adds a series, of at most ${SERIES_PERIODS_MAX} periods.${AGE_WORDS}`,
    granularity,
  ),
  parameter(
    'query',
    'timeZone',
    false,
    'The time zone of hours, days, weeks and months: an id of the IANA database. Default: UTC.',
    timeZone,
  ),
  WHERE,
]

const STATS_REFUSALS = {
  ...REFUSALS,
  421: problem('The host name is not served; or `where` is given, and the process has no archive.'),
} as const

export const queryPaths = {
  '/v1/videos/{videoId}/stats': {
    get: {
      tags: ['queries'],
      operationId: 'getStats',
      security: READ_OR_LINK,
      summary: 'One number about the events of one type of a video, optionally as a time series',
      description: FILTERED_WORDS,
      parameters: [VIDEO_ID, ...STATS_QUERY],
      responses: { 200: answered('Stats', TABLES), ...STATS_REFUSALS },
      'x-codeSamples': samples({
        path: '/v1/videos/cats/stats?eventType=view&function=count&startTime=2026-11-01T00:00:00Z&granularity=P1D',
        sdk: `const start = '2026-11-01T00:00:00Z'
const { value, series } = await tally.getStats('cats', 'view', 'count', start, undefined, {
  granularity: 'P1D',
  timeZone: 'Europe/Berlin',
})`,
      }),
    },
  },
  '/v1/channels/{channelId}/stats': {
    get: {
      tags: ['queries'],
      operationId: 'getChannelStats',
      security: READ_OR_LINK,
      summary: 'One number about the events of one type of all videos of a channel',
      description:
        'The sum over the videos whose metadata names the channel now, as current as the counts of each. An unknown ' +
        `channel counts 0; one of more than ${CHANNEL_READ_MAX} videos is refused, with \`where\` one of more than ` +
        `${CHANNEL_VIDEOS_MAX}. ${FILTERED_WORDS}`,
      parameters: [CHANNEL_ID, ...STATS_QUERY],
      responses: { 200: answered('ChannelStats', TABLES), ...STATS_REFUSALS },
      'x-codeSamples': samples({
        path: '/v1/channels/Pets/stats?eventType=view&function=count',
        sdk: "const { value } = await tally.getChannelStats('Pets', 'view', 'count')\nconsole.log(value)",
      }),
    },
  },
  '/v1/videos/{videoId}/summary': {
    get: {
      tags: ['queries'],
      operationId: 'getSummary',
      security: READ_OR_LINK,
      summary: 'Every function of every event type of a video',
      description:
        'Counts, sums, averages, least and greatest values by type, over one range. The standard types are always ' +
        'there, with 0 where nothing happened; `average`, `min` and `max` are null where no event carried a value.',
      parameters: [VIDEO_ID, ...RANGE_PARAMETERS],
      responses: { 200: answered('Summary', TABLES), ...REFUSALS },
      'x-codeSamples': samples({
        path: '/v1/videos/cats/summary',
        sdk: "const { types } = await tally.getSummary('cats')\nconsole.log(types.like?.count)",
      }),
    },
  },
  '/v1/query': {
    query: {
      ...QUERY,
      operationId: 'safeQuery',
      security: keysFor('read'),
      description: `${QUERY.description} QUERY is safe (RFC 10008): its answer may be cached, and revalidated.`,
      responses: { ...QUERY.responses, 304: { description: 'It is as `if-none-match` says.' } },
      'x-codeSamples': samples({ method: 'QUERY', path: '/v1/query', body: QUERY_EXAMPLE }),
    },
    post: {
      ...QUERY,
      operationId: 'query',
      security: keysFor('read'),
      'x-codeSamples': samples({
        path: '/v1/query',
        body: QUERY_EXAMPLE,
        sdk: `const { rows } = await tally.query({
  videoIds: ['cats', 'dogs'],
  eventTypes: ['view', 'like'],
  groupBy: ['video'],
  orderBy: '-count',
})
for (const { videoId, values } of rows) console.log(videoId, values.count)`,
      }),
    },
  },
  '/v1/audit': {
    get: {
      tags: ['queries'],
      operationId: 'getAudit',
      security: keysFor('read'),
      summary:
        'Whether the counts are right: probes, recounts, alerts, and how every event of every source ended',
      description:
        'What the system found out about itself: it sends probes of known events, recounts each hour from the raw ' +
        'events, and keeps a ledger that says how each event ended. A key of a tenant sees no numbers of other ' +
        'tenants.',
      responses: { 200: answered('Audit'), ...KEY_PROBLEMS, 429: REFUSALS[429], 503: REFUSALS[503] },
      'x-codeSamples': samples({ path: '/v1/audit' }),
    },
  },
  '/v1/audit/history': {
    get: {
      tags: ['queries'],
      operationId: 'getAuditHistory',
      security: keysFor('read'),
      summary: 'The ledger over the last half hour, as the process that answers has seen it',
      description:
        'Every ten seconds, from the start of the process on. If keys are on, only admin keys see numbers.',
      responses: { 200: answered('AuditHistory'), ...KEY_PROBLEMS, 429: REFUSALS[429] },
      'x-codeSamples': samples({ path: '/v1/audit/history' }),
    },
  },
} as const
