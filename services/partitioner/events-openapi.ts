// POST /v1/events. The rules for single fields are enforced by model/parse-event.ts, which says more
// about them.

import { SOURCE_CHARS_MAX } from '../../model/names.ts'
import type { RejectionCode } from '../../model/rejection.ts'
import { keysFor } from '../../schemas/openapi/access.ts'
import { EVENT_EXAMPLE, EXAMPLES } from '../../schemas/openapi/examples.ts'
import { NAME, plainText } from '../../schemas/openapi/parameters.ts'
import {
  KEY_PROBLEMS,
  problem,
  RATE_HEADERS,
  rateProblem,
  temporaryProblem,
} from '../../schemas/openapi/problems.ts'
import { NOW, samples } from '../../schemas/openapi/samples.ts'
import { DEPTH_MAX, VALUES_MAX } from './json-layout.ts'
import { EVENT_LIMITS } from './limits.ts'
import { LANES_TOLD } from './validate.ts'

/** The compiler holds this list to be complete. */
const REJECTION_CODES: Record<RejectionCode, true> = {
  invalid_event: true,
  unknown_field: true,
  invalid_id: true,
  invalid_video_id: true,
  invalid_type: true,
  invalid_time: true,
  time_in_future: true,
  time_too_old: true,
  invalid_value: true,
  invalid_viewer_id: true,
  invalid_channel_id: true,
  invalid_attributes: true,
  too_large: true,
  too_many_new_videos: true,
}

const nullable = <T extends object>(schema: T) => ({ anyOf: [schema, { type: 'null' }] })

const id = {
  type: 'string',
  pattern: '^[A-Za-z0-9._:-]{1,64}$',
  description:
    'Names the event: a second one with this id, of the same video, type and minute, is a copy and is not counted. ' +
    'Keep it when you retry.',
} as const

const source = {
  type: 'string',
  pattern: `^[!-~]{1,${SOURCE_CHARS_MAX}}$`,
  description:
    'Names the event together with its id: events of two sources are never copies of each other. ' +
    'A deployment that is older than this leaves it out until about an hour after its upgrade.',
  examples: ['/player', 'https://example.com/app'],
} as const

const type = { type: 'string', pattern: '^[a-z][a-z0-9_-]{0,31}$', examples: ['view', 'like'] } as const

const time = {
  description: 'When it happened: RFC 3339, or epoch milliseconds. Keep it when you retry.',
  anyOf: [
    { type: 'string', format: 'date-time' },
    { type: 'number', minimum: 0, description: 'Epoch milliseconds; a fraction is cut off.' },
  ],
} as const

const details = {
  value: nullable({
    description: 'A decimal with at most 3 places, exact in every sum.',
    anyOf: [
      { type: 'number', minimum: -1e9, maximum: 1e9, multipleOf: 0.001 },
      { type: 'string', pattern: '^-?((0|[1-9][0-9]{0,8})(\\.[0-9]{1,3})?|1000000000(\\.0{1,3})?)$' },
    ],
  }),
  viewerId: nullable(NAME),
  channelId: nullable(NAME),
  attributes: nullable({
    type: 'object',
    maxProperties: 16,
    propertyNames: plainText(1, 64),
    additionalProperties: plainText(0, 256),
  }),
} as const

const REFUSED_EXAMPLE = {
  ...{ type: 'urn:tally:problem:no-event-accepted', title: 'Not one event was accepted', status: 422 },
  ...{ detail: 'Each event has a fault.', accepted: 0, late: 0 },
  rejected: EXAMPLES.Receipt.rejected,
}

const SAMPLE = { ...EVENT_EXAMPLE, time: NOW } as const

export const eventSchemas = {
  Event: {
    type: 'object',
    required: ['id', 'videoId', 'type', 'time'],
    properties: { id, videoId: NAME, type, time, ...details },
    additionalProperties: false,
    examples: [EVENT_EXAMPLE],
  },
  EventWithSource: {
    type: 'object',
    description: 'An event that may have been a CloudEvent, whose `source` is a field here.',
    required: ['id', 'videoId', 'type', 'time'],
    properties: { id, source: nullable(source), videoId: NAME, type, time, ...details },
    additionalProperties: false,
  },
  EventBatch: {
    type: 'array',
    minItems: 1,
    maxItems: EVENT_LIMITS.eventsMax,
    items: { $ref: '#/components/schemas/Event' },
  },
  CloudEvent: {
    type: 'object',
    description: 'CloudEvents 1.0 in structured mode; extension attributes are ignored.',
    required: ['specversion', 'id', 'source', 'type', 'subject', 'time'],
    properties: {
      specversion: { const: '1.0' },
      id,
      source,
      type,
      subject: { ...NAME, description: 'The videoId.' },
      time,
      datacontenttype: nullable({
        ...{ type: 'string', pattern: '^application/([A-Za-z0-9_.-]+\\+)?json( *;.*)?$' },
        examples: ['application/json'],
      }),
      data: nullable({ type: 'object', properties: details, additionalProperties: false }),
    },
  },
  Receipt: {
    type: 'object',
    required: ['accepted', 'late', 'rejected'],
    properties: {
      accepted: {
        type: 'integer',
        minimum: 0,
        description: 'Events that are durable, including late ones.',
      },
      late: { type: 'integer', minimum: 0, description: 'Accepted, but too old to be counted live.' },
      rejected: { type: 'array', items: { $ref: '#/components/schemas/Rejection' } },
    },
  },
  Rejection: {
    type: 'object',
    required: ['index', 'code', 'detail'],
    properties: {
      index: { type: 'integer', minimum: 0, description: 'The index of the event in the request.' },
      code: {
        type: 'string',
        enum: Object.keys(REJECTION_CODES) as readonly RejectionCode[],
        description:
          'All are final except `too_many_new_videos`: the tenant has named as many new videos as it may in this ' +
          'minute, and the same event may be accepted in the next.',
      },
      detail: { type: 'string' },
    },
    additionalProperties: false,
  },
  Validation: {
    type: 'object',
    required: ['status', 'accepted', 'late', 'rejected', 'events'],
    properties: {
      status: { enum: [202, 422, 429], description: 'With which POST /v1/events would answer.' },
      accepted: {
        type: 'integer',
        minimum: 0,
        description: 'Events that would be taken, including late ones.',
      },
      late: { type: 'integer', minimum: 0, description: 'Those too old to be counted live.' },
      rejected: { type: 'array', items: { $ref: '#/components/schemas/Rejection' } },
      events: {
        type: 'array',
        description: 'Those that would be taken, in their order.',
        items: {
          type: 'object',
          required: ['index', 'lane', 'minute'],
          properties: {
            index: { type: 'integer', minimum: 0, description: 'The index of the event in the request.' },
            lane: {
              type: 'string',
              enum: LANES_TOLD,
              description:
                'When it would be counted: `live` within about a second, `late` by the next recount, `overload` by ' +
                'workers, while the stream cannot keep up.',
            },
            minute: {
              type: 'string',
              format: 'date-time',
              description: 'The minute in which it would count.',
            },
            copyOf: {
              type: 'integer',
              minimum: 0,
              description:
                'The index of an earlier event of the same name: this one would not be counted again.',
            },
            attributes: {
              type: 'object',
              description:
                'With which it would be stored: its own, and what the server adds to events of pages (`country`, ' +
                '`device`, `browser`, `tally.automated`).',
              additionalProperties: { type: 'string' },
            },
          },
          additionalProperties: false,
        },
      },
    },
    additionalProperties: false,
  },
} as const

const ref = (schema: keyof typeof eventSchemas) => ({ $ref: `#/components/schemas/${schema}` })

/** In words, because a description cannot say that headers change what the body is. */
const BINARY_MODE =
  'A CloudEvent in binary mode is taken too, one in a request: `ce-specversion`, `ce-id`, `ce-source`, ' +
  '`ce-type`, `ce-subject` (the videoId) and `ce-time` are headers, percent-encoded as UTF-8 beyond printable ' +
  'ASCII, and the body is `data`, as JSON, or empty. One of these headers is enough to be read that way, unless ' +
  'the Content-Type is one of CloudEvents.'

const requestBody = {
  required: true,
  description:
    `At most ${EVENT_LIMITS.eventsMax} events and ${EVENT_LIMITS.bodyBytesMax} bytes inflated. ` +
    `A body of more than 32 KiB has at most ${VALUES_MAX} values in ${DEPTH_MAX} levels. ` +
    `An event has at most ${EVENT_LIMITS.eventBytesMax} bytes.`,
  content: {
    'application/json': {
      schema: {
        oneOf: [
          ref('Event'),
          ref('EventBatch'),
          {
            type: 'object',
            required: ['events'],
            properties: { events: ref('EventBatch') },
            additionalProperties: false,
          },
        ],
      },
      examples: {
        one: { value: EVENT_EXAMPLE },
        many: { value: EXAMPLES.EventBatch },
        named: { value: { events: EXAMPLES.EventBatch } },
      },
    },
    'application/x-ndjson': {
      schema: { type: 'string', description: 'One event a line.' },
      example: EXAMPLES.EventBatch.map((event) => JSON.stringify(event)).join('\n'),
    },
    'application/cloudevents+json': { schema: ref('CloudEvent') },
    'application/cloudevents-batch+json': {
      schema: { type: 'array', minItems: 1, maxItems: EVENT_LIMITS.eventsMax, items: ref('CloudEvent') },
      example: [EXAMPLES.CloudEvent],
    },
  },
}

const PARAMETERS = [
  {
    name: 'content-encoding',
    in: 'header',
    required: false,
    schema: { type: 'string', enum: ['gzip', 'identity'] },
  },
] as const

/** What is wrong with a request as a whole, whatever becomes of its events. */
const BODY_PROBLEMS = {
  400: problem('The body cannot be read.'),
  ...KEY_PROBLEMS,
  413: problem('The body is too large, or holds too many events.'),
  415: problem('The content type or encoding is not supported.'),
}

export const eventPaths = {
  '/v1/events': {
    post: {
      tags: ['events'],
      operationId: 'processEvents',
      security: keysFor('send'),
      summary: 'Send events to be counted',
      description:
        'A bad event never fails its neighbours: it is rejected by its index. The body may be gzipped. ' +
        BINARY_MODE +
        ' From a page of an origin that its write key names, `text/plain` is read as JSON, and the key may stand in ' +
        'the address as `?key=`: so a browser sends without asking first, while the page unloads.',
      parameters: PARAMETERS,
      requestBody,
      responses: {
        202: {
          description: 'Accepted events are durable.',
          headers: RATE_HEADERS,
          content: { 'application/json': { schema: ref('Receipt') } },
        },
        ...BODY_PROBLEMS,
        422: {
          description: 'Not one event was accepted.',
          content: {
            'application/problem+json': {
              schema: { allOf: [{ $ref: '#/components/schemas/Problem' }, ref('Receipt')] },
              example: REFUSED_EXAMPLE,
            },
          },
        },
        429: rateProblem(
          'The address, key or tenant sends more events than it may, the tenant names more new videos in a minute, ' +
            'or the address sent too many unknown keys. None of these events is stored.',
        ),
        503: temporaryProblem('Send the same events again, with the same ids: some may have been stored.'),
      },
      'x-codeSamples': samples({
        path: '/v1/events',
        body: SAMPLE,
        sdk: `const { accepted, rejected } = await tally.processEvents([
  { videoId: 'cats', type: 'view', value: 12.5, viewerId: 'u7' },
  { videoId: 'cats', type: 'like' },
])`,
      }),
    },
  },
  '/v1/events/validate': {
    post: {
      tags: ['events'],
      operationId: 'validateEvents',
      security: keysFor('send'),
      summary: 'Ask what would happen to events',
      description:
        'Takes what POST /v1/events takes, and tells for each event how it would end if it were sent now. Nothing is ' +
        'stored, and nothing counts as a new video; the events do count towards the rate of the tenant. Whether an ' +
        'event is a copy of one that was sent earlier is not known here.',
      parameters: PARAMETERS,
      requestBody,
      responses: {
        200: {
          description: 'How each event would end, also where every one would be rejected.',
          content: { 'application/json': { schema: ref('Validation') } },
        },
        ...BODY_PROBLEMS,
        429: temporaryProblem('The tenant sends or validates more events than it may.'),
        503: temporaryProblem('There is too much to do, or it is unknown where events belong.'),
      },
      'x-codeSamples': samples({ path: '/v1/events/validate', body: SAMPLE }),
    },
  },
} as const
