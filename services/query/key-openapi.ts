// The description of the route that says what a key may do.
import { ROLES } from '../../lib/http/keys/known-key.ts'
import { KEY_PROBLEMS } from '../../schemas/openapi/problems.ts'
import { samples } from '../../schemas/openapi/samples.ts'
import { NEEDS } from './key-route.ts'

export const keySchemas = {
  Key: {
    type: 'object',
    required: ['role', 'tenant', 'may', 'origins', 'expiresAt'],
    properties: {
      role: {
        enum: [...ROLES, null],
        description:
          'Null where nobody needs a key. Of a key that stands in several lists, the most powerful.',
      },
      tenant: {
        type: ['string', 'null'],
        description:
          'Whose videos it speaks for; empty where nobody needs a key, null for an admin of no tenant.',
      },
      may: {
        type: 'array',
        items: { enum: NEEDS },
        description:
          '`send`: events and heartbeats; `read`: ask everything of its tenant; `manage`: set titles and ' +
          'annotations, make alerts; `admin`: operate the service (`/v1/admin`).',
      },
      origins: {
        type: 'array',
        items: { type: 'string' },
        description: 'The sites whose pages may send with it.',
      },
      expiresAt: { type: ['string', 'null'], format: 'date-time', description: 'Null: it has no end.' },
    },
    additionalProperties: false,
  },
} as const

export const keyPaths = {
  '/v1/key': {
    get: {
      tags: ['operations'],
      operationId: 'key',
      security: [{}, { bearer: [...ROLES] }, { apiKey: [...ROLES] }],
      summary: 'What the key of the request may do',
      description: 'Takes a key of any role. Share links are refused.',
      responses: {
        200: {
          description: 'What is known of it.',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Key' } } },
        },
        ...KEY_PROBLEMS,
      },
      'x-codeSamples': samples({ path: '/v1/key' }),
    },
  },
} as const
