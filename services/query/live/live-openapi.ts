// The description of the realtime routes. Rules: services/query/live/live-question.ts, services/query/viewers-route.ts.

import { keysFor, READ_OR_LINK } from '../../../schemas/openapi/access.ts'
import { END_TIME, NAME, parameter, TIME } from '../../../schemas/openapi/parameters.ts'
import { KEY_PROBLEMS, problem, temporaryProblem } from '../../../schemas/openapi/problems.ts'
import { samples } from '../../../schemas/openapi/samples.ts'
import { VIEWER_POINT_MS } from '../../../stores/viewers/viewers.ts'
import { CHANNEL_SKETCHES_MAX } from '../channel-uniques-route.ts'
import { CHANNEL_ID, REFUSALS, VIDEO_ID } from '../query-openapi.ts'
import { asOf } from '../query-schemas.ts'
import { STANDARD_TYPES } from '../question/vocabulary.ts'
import { TOP_LIMIT, TOP_ORDERS } from '../tops/top-question.ts'
import { UNIQUES_DAYS } from '../uniques-route.ts'
import { LIVE_LIMITS } from './live-limits.ts'

const instant = { type: 'string', format: 'date-time' } as const
const tally = { type: 'integer', minimum: 0 } as const
const error = { type: 'number', description: 'The relative standard error of the estimate.' } as const

const viewerFields = {
  viewers: tally,
  asOf: instant,
  windowSeconds: { ...tally, description: 'Viewers with a heartbeat within this time count.' },
  exact: { const: false },
  error,
} as const

const BOUND = `Memory was bounded, and the list could not be proven: no count, also of a missing video, is too low by
more than this. If \`exact\` is false and there is no bound, the list lacks rows of the window; the counts themselves
have them.`

const INCOMPLETE = `Something may be missing: counts were lost and are counted again, imported events wait to be
counted, the clock was set back, or \`startTime\` lies inside a quarter of an hour, an hour or a day of which only the
whole is still kept. Left out otherwise.`

/** `about` says whose viewers. */
const estimated = <About extends object>(about: About) =>
  ({
    type: 'object',
    required: [
      ...(Object.keys(about) as (keyof About)[]),
      ...(['startTime', 'endTime', 'uniques', 'error', 'exact', 'meta'] as const),
    ],
    properties: {
      ...about,
      startTime: instant,
      endTime: instant,
      uniques: { ...tally, description: 'About how many different viewers the events of any type name.' },
      error,
      exact: { const: false },
      meta: {
        type: 'object',
        required: ['asOf', 'stale'],
        properties: { asOf: instant, stale: { type: 'boolean' } },
        additionalProperties: false,
      },
    },
    additionalProperties: false,
  }) as const

export const liveSchemas = {
  LiveCount: {
    type: 'object',
    description: 'The data of an event `counts`.',
    required: ['videoId', 'eventType', 'count', 'asOf'],
    properties: {
      videoId: { type: 'string' },
      eventType: { type: 'string' },
      count: { ...tally, description: 'Since `startTime`, or since ever.' },
      asOf,
      viewers: { ...tally, description: 'About how many viewers watch the video now, if known.' },
      stale: {
        const: true,
        description: 'The counts cannot be read now: this is the last known state. Left out if they can.',
      },
      complete: { const: false, description: INCOMPLETE },
    },
    additionalProperties: false,
  },
  TopVideo: {
    type: 'object',
    required: ['videoId', 'count'],
    properties: {
      videoId: { type: 'string' },
      count: tally,
      previous: { ...tally, description: 'In the equally long window before; only if `order` is `rising`.' },
      video: { $ref: '#/components/schemas/Video' },
      change: {
        type: 'number',
        description: '(count − previous) / (previous + 10); where `order` is `rising`.',
      },
    },
  },
  Top: {
    type: 'object',
    required: ['eventType', 'startTime', 'endTime', 'order', 'videos', 'meta'],
    properties: {
      eventType: { type: 'string' },
      startTime: instant,
      endTime: instant,
      order: { type: 'string', enum: TOP_ORDERS },
      videos: { type: 'array', maxItems: TOP_LIMIT.max, items: { $ref: '#/components/schemas/TopVideo' } },
      meta: {
        type: 'object',
        required: ['asOf', 'complete', 'reconciled', 'stale', 'exact'],
        properties: {
          asOf,
          complete: { type: 'boolean' },
          reconciled: { type: 'boolean' },
          stale: { type: 'boolean' },
          importing: { const: true, description: 'As in `Meta`.' },
          exact: {
            type: 'boolean',
            description: 'All counts are exact as of `asOf`, and no video is missing.',
          },
          bound: {
            ...tally,
            description: BOUND,
          },
        },
      },
    },
    additionalProperties: false,
  },
  Heartbeat: {
    type: 'object',
    required: ['viewerId'],
    properties: { viewerId: NAME },
  },
  Uniques: estimated({ videoId: { type: 'string' } }),
  ChannelUniques: estimated({ channelId: { type: 'string' } }),
  Viewers: {
    type: 'object',
    required: ['videoId', ...Object.keys(viewerFields)],
    properties: { videoId: { type: 'string' }, ...viewerFields },
    additionalProperties: false,
  },
  SiteViewers: {
    type: 'object',
    required: Object.keys(viewerFields),
    properties: viewerFields,
    additionalProperties: false,
  },
} as const

const LIVE_DESCRIPTION = `Begins with an event \`counts\` for each type of each video, whose data is a LiveCount, and
goes on with one whenever a count or the number of viewers changes, at most four times a second for each. Counts are
absolute: after a reconnection the full current state is sent, whatever \`Last-Event-ID\` says. An event
\`dropped\`, with a reason as its data, is the last one of a client that reads too slowly.
Lines that begin with a colon are heartbeats. The stream ends when its key or share link does.`

const WINDOW_RULE =
  'The window spans at most 24 hours; it and, if requested, the one before it are within the last 48.'
const TYPE = { type: 'string', pattern: '^[a-z][a-z0-9_-]{0,31}$', examples: STANDARD_TYPES } as const

const list = (description: string, items: object) => ({
  ...parameter('query', '', true, description, { type: 'array', minItems: 1, items }),
  explode: true,
})

const UNIQUES_RANGE = [
  parameter(
    'query',
    'startTime',
    false,
    `Rounded down to an hour. Default: ${UNIQUES_DAYS.default} days before the end.`,
    TIME,
  ),
  parameter(
    'query',
    'endTime',
    false,
    `Exclusive, rounded up to an hour, at most ${UNIQUES_DAYS.max} days later. Default: now.`,
    END_TIME,
  ),
]

const uniquesAnswered = (schema: 'Uniques' | 'ChannelUniques') => ({
  200: {
    description: 'An estimate.',
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
  },
  ...REFUSALS,
})

export const livePaths = {
  '/v1/top': {
    get: {
      tags: ['queries'],
      operationId: 'getTop',
      security: keysFor('read'),
      summary: 'The most counted videos, or the fastest rising',
      description:
        'Over a window of at most a day, by default the last hour. `meta.exact` says whether the list is proven; ' +
        'where memory was bounded, `meta.bound` says how far a count may be off. For longer ranges, ' +
        'and for events of one country or device, ask GET /v1/site/breakdown by `videoId`.',
      parameters: [
        parameter('query', 'eventType', true, 'Which events.', TYPE),
        parameter(
          'query',
          'startTime',
          false,
          'Rounded down to a minute. Default: an hour before the end.',
          TIME,
        ),
        parameter('query', 'endTime', false, `Exclusive. Default: now. ${WINDOW_RULE}`, END_TIME),
        parameter('query', 'limit', false, `How many. Default: ${TOP_LIMIT.default}.`, {
          type: 'integer',
          minimum: 1,
          maximum: TOP_LIMIT.max,
        }),
        parameter('query', 'order', false, 'By count, or by growth compared with the window before.', {
          type: 'string',
          enum: TOP_ORDERS,
        }),
      ],
      'x-codeSamples': samples({
        path: '/v1/top?eventType=view&limit=5&order=rising',
        sdk: `const { videos } = await tally.getTop('view', { limit: 5 })
for (const { videoId, count } of videos) console.log(videoId, count)`,
      }),
      responses: {
        200: {
          description: 'The list, in order.',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Top' } } },
        },
        ...REFUSALS,
      },
    },
  },
  '/v1/live': {
    get: {
      tags: ['queries'],
      operationId: 'watchCounts',
      security: READ_OR_LINK,
      summary: 'Counts as they change, as server-sent events',
      description: LIVE_DESCRIPTION,
      parameters: [
        { ...list('Once for each video.', NAME), name: 'videoId' },
        {
          ...list(`Once for each type. Videos × types: at most ${LIVE_LIMITS.seriesPerConnectionMax}.`, TYPE),
          name: 'eventType',
        },
        parameter('query', 'startTime', false, 'Counts events from this minute on. Default: all.', TIME),
        parameter('query', 'key', false, 'An API key, if it cannot be sent in a header.', {
          type: 'string',
        }),
        {
          name: 'last-event-id',
          in: 'header',
          required: false,
          description: 'Sent by an EventSource that reconnects; it has no effect.',
          schema: { type: 'string' },
        },
      ],
      responses: {
        200: {
          description: 'A stream that ends when either side closes it.',
          content: { 'text/event-stream': { schema: { $ref: '#/components/schemas/LiveCount' } } },
        },
        ...REFUSALS,
        429: temporaryProblem('The client’s address has too many live connections, or exceeds its rate.'),
      },
      'x-codeSamples': samples({
        path: '/v1/live?videoId=cats&eventType=view&eventType=like',
        options: '-N',
      }),
    },
  },
  '/v1/videos/{videoId}/heartbeat': {
    post: {
      tags: ['events'],
      operationId: 'beat',
      security: keysFor('send'),
      summary: 'Report that a viewer is watching now',
      description: `To be sent every ${VIEWER_POINT_MS / 1_000} s. Best effort: the next makes up for a lost one.`,
      parameters: [VIDEO_ID],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Heartbeat' } } },
      },
      responses: {
        204: { description: 'Taken.' },
        400: problem('The body cannot be read or is not valid.'),
        ...KEY_PROBLEMS,
        413: problem('The body is too large.'),
        415: problem('The content type is not supported.'),
        429: temporaryProblem("Pages on this network send more than a viewer's player would."),
      },
      'x-codeSamples': samples({ path: '/v1/videos/cats/heartbeat', body: { viewerId: 'u7' } }),
    },
  },
  '/v1/videos/{videoId}/uniques': {
    get: {
      tags: ['queries'],
      operationId: 'getUniques',
      security: keysFor('read'),
      summary: 'About how many different viewers a video had',
      description:
        'An estimate with the relative error `error`, from the ids of viewers that events carry; events without a ' +
        '`viewerId` are not in it. Do not add up the numbers of several ranges or videos: who came twice would count ' +
        'twice.',
      parameters: [VIDEO_ID, ...UNIQUES_RANGE],
      responses: uniquesAnswered('Uniques'),
      'x-codeSamples': samples({ path: '/v1/videos/cats/uniques' }),
    },
  },
  '/v1/channels/{channelId}/uniques': {
    get: {
      tags: ['queries'],
      operationId: 'getChannelUniques',
      security: keysFor('read'),
      summary: 'About how many different viewers the videos of a channel had together',
      description:
        'Whoever watched several of them counts once. The days and hours of the range times the videos of the ' +
        `channel may be at most ${CHANNEL_SKETCHES_MAX}.`,
      parameters: [CHANNEL_ID, ...UNIQUES_RANGE],
      responses: uniquesAnswered('ChannelUniques'),
      'x-codeSamples': samples({ path: '/v1/channels/Pets/uniques' }),
    },
  },
  '/v1/site/viewers': {
    get: {
      tags: ['queries'],
      operationId: 'getSiteViewers',
      security: keysFor('read'),
      summary: 'About how many viewers watch any video now',
      description: 'Who watches several videos counts once, so it may be less than the sum over the videos.',
      responses: {
        200: {
          description: 'An estimate.',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/SiteViewers' } } },
        },
        ...REFUSALS,
      },
      'x-codeSamples': samples({ path: '/v1/site/viewers' }),
    },
  },
  '/v1/videos/{videoId}/viewers': {
    get: {
      tags: ['queries'],
      operationId: 'getViewers',
      security: keysFor('read'),
      summary: 'About how many viewers watch a video now',
      description:
        'An estimate from the heartbeats of the last `windowSeconds` seconds; players that send none are not in it. ' +
        'It is of this moment, and is not kept: ask for `uniques` about the past.',
      parameters: [VIDEO_ID],
      responses: {
        200: {
          description: 'An estimate.',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Viewers' } } },
        },
        ...REFUSALS,
      },
      'x-codeSamples': samples({ path: '/v1/videos/cats/viewers' }),
    },
  },
} as const
