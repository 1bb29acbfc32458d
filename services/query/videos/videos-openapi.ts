// The description of the routes for metadata of videos. The rules are enforced by
// services/query/videos/video-form.ts.

import { keysFor, READ_OR_LINK } from '../../../schemas/openapi/access.ts'
import { answersOf } from '../../../schemas/openapi/answers.ts'
import { EXAMPLES } from '../../../schemas/openapi/examples.ts'
import { NAME, parameter, plainText } from '../../../schemas/openapi/parameters.ts'
import { CHANGE_PROBLEMS, problem } from '../../../schemas/openapi/problems.ts'
import { samples } from '../../../schemas/openapi/samples.ts'
import { VIDEO_LIMITS } from './video-form.ts'
import { CHANNELS_FOUND_MAX, SEARCH_LIMITS } from './video-routes.ts'

const { titleCharsMax, channelCharsMax, durationSecondsMax, publishedMsMin, publishedMsMax, videosMax } =
  VIDEO_LIMITS
const { limitMax, limitDefault, searchCharsMax } = SEARCH_LIMITS

const title = plainText(1, titleCharsMax)
const channel = { ...plainText(1, channelCharsMax), type: ['string', 'null'] } as const
const durationSeconds = { type: ['number', 'null'], minimum: 0, maximum: durationSecondsMax } as const
const instant = { type: 'string', format: 'date-time' } as const
const fields = { title, channel, durationSeconds, published: { anyOf: [instant, { type: 'null' }] } } as const
const required = ['title', 'channel', 'durationSeconds', 'published'] as const

const EXAMPLE = {
  ...{ title: 'Two cats', channel: 'Pets', durationSeconds: 63.5 },
  published: '2026-11-20T18:00:00Z',
} as const
const OTHER = { videoId: 'dogs', title: 'Three dogs', channel: 'Pets' } as const

export const videoSchemas = {
  VideoInput: {
    type: 'object',
    required: ['title'],
    properties: {
      ...fields,
      published: {
        anyOf: [
          { ...instant, pattern: '^(1[89]|[2-9][0-9])[0-9]{2}-', description: 'From 1800 to 9999.' },
          {
            ...{ type: 'number', minimum: publishedMsMin, maximum: publishedMsMax },
            description: 'Epoch milliseconds; a fraction is cut off.',
          },
          { type: 'null' },
        ],
      },
    },
    additionalProperties: false,
  },
  Video: { type: 'object', required, properties: fields, additionalProperties: false },
  NamedVideo: {
    type: 'object',
    required: ['videoId', ...required],
    properties: { videoId: NAME, ...fields },
    additionalProperties: false,
  },
  ManyVideos: {
    anyOf: [
      {
        type: 'object',
        required: ['videos'],
        properties: { videos: { $ref: '#/components/schemas/VideoList' } },
      },
      { $ref: '#/components/schemas/VideoList' },
    ],
  },
  VideoList: {
    type: 'array',
    minItems: 1,
    maxItems: videosMax,
    items: {
      type: 'object',
      description:
        'A `videoId`, and the metadata as in a request for one video. One that is not valid is rejected alone.',
    },
  },
  StoredVideos: {
    type: 'object',
    required: ['stored', 'rejected'],
    properties: {
      stored: { type: 'integer', minimum: 0, maximum: videosMax },
      rejected: {
        type: 'array',
        maxItems: videosMax,
        items: {
          type: 'object',
          required: ['index', 'errors'],
          properties: {
            index: { type: 'integer', minimum: 0, description: 'The index of the video in the request.' },
            errors: {
              type: 'array',
              items: {
                type: 'object',
                required: ['parameter', 'code', 'detail'],
                properties: {
                  parameter: { type: 'string' },
                  code: { type: 'string' },
                  detail: { type: 'string' },
                },
                additionalProperties: false,
              },
            },
          },
          additionalProperties: false,
        },
      },
    },
    additionalProperties: false,
  },
  FoundVideos: {
    type: 'object',
    required: ['videos'],
    properties: {
      videos: {
        type: 'array',
        maxItems: limitMax,
        items: { $ref: '#/components/schemas/NamedVideo' },
      },
      channels: {
        type: 'array',
        maxItems: CHANNELS_FOUND_MAX,
        items: {
          type: 'object',
          required: ['channelId'],
          properties: { channelId: plainText(1, channelCharsMax) },
          additionalProperties: false,
        },
        description:
          'Channels that are found in the same way; only with the first page, and without `channel`.',
      },
      nextCursor: { type: 'string', description: 'Set if there are more videos.' },
    },
    additionalProperties: false,
  },
} as const

const VIDEO_ID = parameter('path', 'videoId', true, 'Percent-encoded.', NAME)

const answered = answersOf(videoSchemas)
const tags = ['videos'] as const

export const videoPaths = {
  '/v1/videos': {
    get: {
      tags,
      operationId: 'findVideos',
      security: keysFor('read'),
      summary: 'Videos by the start of their id, or of a word of their title or channel',
      description:
        'Case and accents do not matter in titles and channels: `istanbul` finds `İstanbul`, and `cafe` finds `Café`.' +
        ' Words that are written without spaces are found from each letter on. A search looks at about a ' +
        'thousand places of its index for each page: a page may hold fewer than `limit` and still have a ' +
        '`nextCursor`. In the rate of queries a search costs as much as 1,000 values.',
      parameters: [
        parameter('query', 'search', false, 'An empty text finds all, by id.', plainText(0, searchCharsMax)),
        parameter(
          'query',
          'channel',
          false,
          'Only videos of exactly this channel, in the order of their ids.',
          plainText(1, channelCharsMax),
        ),
        parameter('query', 'limit', false, 'How many.', {
          type: 'integer',
          minimum: 1,
          maximum: limitMax,
          default: limitDefault,
        }),
        parameter('query', 'cursor', false, 'The nextCursor of the page before.', { type: 'string' }),
      ],
      responses: {
        ...answered(
          'FoundVideos',
          'Those found by id come first, then those found by title, then by channel; in a channel, all by id.',
        ),
        ...CHANGE_PROBLEMS,
      },
      'x-codeSamples': samples({ path: '/v1/videos?search=cat' }),
    },
    post: {
      tags,
      operationId: 'putVideos',
      security: keysFor('manage'),
      summary: 'Set the metadata of many videos',
      description:
        'A video that is not valid never fails its neighbours: it is rejected by its index. Of two of the same id ' +
        'the later one counts. To repeat the request is safe. In the rate of ' +
        'queries a video costs as much as 1,000 values, or 2,500 where it is set or removed by itself.',
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { $ref: '#/components/schemas/ManyVideos' } } },
      },
      responses: {
        ...answered('StoredVideos', 'How many are stored, and which are not.'),
        ...CHANGE_PROBLEMS,
        413: problem('The body is too large.'),
        415: problem('The body is not JSON.'),
        422: {
          description: 'Not one is valid.',
          content: {
            'application/json': {
              schema: { $ref: '#/components/schemas/StoredVideos' },
              example: { stored: 0, rejected: EXAMPLES.StoredVideos.rejected },
            },
          },
        },
      },
      'x-codeSamples': samples({ path: '/v1/videos', body: [{ videoId: 'cats', ...EXAMPLE }, OTHER] }),
    },
  },
  '/v1/videos/{videoId}': {
    put: {
      tags,
      operationId: 'putVideo',
      security: keysFor('manage'),
      summary: 'Set the metadata of a video; answers about it carry it',
      description:
        'Replaces all that was set before: what is left out or null is unknown from then on. A video needs no ' +
        'metadata to be counted, and may get it before its first event. To repeat the request is safe.',
      parameters: [VIDEO_ID],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { $ref: '#/components/schemas/VideoInput' } } },
      },
      responses: {
        ...answered('NamedVideo', 'It is stored.'),
        ...CHANGE_PROBLEMS,
        413: problem('The body is too large.'),
        415: problem('The body is not JSON.'),
      },
      'x-codeSamples': samples({ method: 'PUT', path: '/v1/videos/cats', body: EXAMPLE }),
    },
    get: {
      tags,
      operationId: 'getVideo',
      security: READ_OR_LINK,
      summary: 'The metadata of a video',
      description:
        'What was set by PUT; counts are asked for by `stats`. A video without metadata is answered 404, also if it ' +
        'is counted.',
      parameters: [VIDEO_ID],
      responses: {
        ...answered('NamedVideo', 'The metadata.'),
        ...CHANGE_PROBLEMS,
        404: problem('The video has no metadata.'),
      },
      'x-codeSamples': samples({ path: '/v1/videos/cats' }),
    },
    delete: {
      tags,
      operationId: 'removeVideo',
      security: keysFor('manage'),
      summary: 'Remove the metadata of a video and its annotations; its counts stay',
      description:
        'Answers about it show its id alone from then on, and its channel counts it no more. It is no error if there ' +
        'was none. Its counts and raw events are removed by DELETE /v1/admin/videos/{videoId}, for which a key of an ' +
        'admin is needed.',
      parameters: [VIDEO_ID],
      responses: { 204: { description: 'It has no metadata any more.' }, ...CHANGE_PROBLEMS },
      'x-codeSamples': samples({ method: 'DELETE', path: '/v1/videos/cats' }),
    },
  },
} as const
