// The description of the route that makes share links.
import { SECRETS_MAX } from '../../lib/http/keys/share-links.ts'
import { keysFor } from '../../schemas/openapi/access.ts'
import { NAME, plainText } from '../../schemas/openapi/parameters.ts'
import { KEY_PROBLEMS, problem } from '../../schemas/openapi/problems.ts'
import { samples } from '../../schemas/openapi/samples.ts'
import { DURATION, SHARE_DAYS } from './share-route.ts'
import { VIDEO_LIMITS } from './videos/video-form.ts'

const SHARE_EXAMPLE = { videoId: 'cats', expiresIn: 'P7D' } as const

const DESCRIPTION =
  'Whoever has the link sees that one video or channel, and nothing else, until it ends. It ends before that when ' +
  'the key that made it is revoked or expires, or when the secrets of the deployment change (`SHARE_SECRETS`, which ' +
  `may be ${SECRETS_MAX} for a while). Nothing is stored. The token stands after the \`#\` of the address, which ` +
  'browsers do not send, and programs send it as `Authorization: Bearer`.'

export const shareSchemas = {
  ShareInput: {
    type: 'object',
    description: 'Either a video or a channel.',
    properties: {
      videoId: { ...NAME, description: 'The video that the link shows.' },
      channelId: {
        ...plainText(1, VIDEO_LIMITS.channelCharsMax),
        description: 'The channel that it shows: numbers of its videos together, and no single video.',
      },
      expiresIn: {
        type: 'string',
        pattern: DURATION.source.replaceAll('?:', ''),
        description: `Hours or days: from PT1H to P${SHARE_DAYS.max}D. Default: P${SHARE_DAYS.default}D.`,
      },
    },
    oneOf: [{ required: ['videoId'] }, { required: ['channelId'] }],
    additionalProperties: false,
    examples: [SHARE_EXAMPLE],
  },
  ShareLink: {
    type: 'object',
    required: ['url', 'token', 'expiresAt'],
    properties: {
      url: { type: 'string', description: 'For people: the page that shows it.' },
      token: { type: 'string', description: 'For programs.' },
      expiresAt: { type: 'string', format: 'date-time' },
    },
    additionalProperties: false,
  },
} as const

export const sharePaths = {
  '/v1/share': {
    post: {
      tags: ['queries'],
      operationId: 'share',
      security: keysFor('read'),
      summary: 'A link that shows one video or channel to whoever has it, until it ends',
      description: DESCRIPTION,
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { $ref: '#/components/schemas/ShareInput' } } },
      },
      responses: {
        200: {
          description: 'The link.',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/ShareLink' } } },
        },
        400: problem('The body cannot be read or is not valid; `errors` names all faults.'),
        ...KEY_PROBLEMS,
        413: problem('The body is too large.'),
        415: problem('The body is not JSON.'),
      },
      'x-codeSamples': samples({
        ...{ path: '/v1/share', body: SHARE_EXAMPLE },
        sdk: `const { url, expiresAt } = await tally.share({ videoId: 'cats', expiresIn: 'P7D' })
console.log(url, expiresAt)`,
      }),
    },
  },
} as const
