// The routes with which operators look at the layouts and change them.
import { keysFor } from '../../../schemas/openapi/access.ts'
import { BODY_TIME, NAME, TENANT_NAME } from '../../../schemas/openapi/parameters.ts'
import { KEY_PROBLEMS, problem, temporaryProblem } from '../../../schemas/openapi/problems.ts'
import { samples } from '../../../schemas/openapi/samples.ts'
import { PARTITIONS_MAX } from '../../../stores/layouts/layout-changes.ts'
import type { Act } from './layout-questions.ts'
import { LAYOUTS_SHOWN_MAX } from './layout-routes.ts'

const count = { type: 'integer', minimum: 0 } as const
const parts = { type: 'integer', minimum: 1, maximum: PARTITIONS_MAX } as const
const name = (what: string) => ({
  ...{ type: 'string' },
  description: `As in the settings: the ${what}, after \`tenant/\` where there is a tenant.`,
})

const exactly = <T extends Readonly<Record<string, unknown>>>(properties: T) => ({
  ...{ type: 'object', required: Object.keys(properties), properties, additionalProperties: false },
})

export const layoutSchemas = {
  Layout: exactly({
    version: { type: 'integer' },
    from: { type: 'string', format: 'date-time', description: 'Its first minute, by the times of events.' },
    inForce: { type: 'boolean', description: 'Whether it routes events of the present minute.' },
    partitions: { ...count, description: 'Those that all videos share.' },
    overflow: { type: 'boolean', description: 'Whether its events take the overload lane.' },
    splits: {
      type: 'array',
      items: exactly({
        video: name('video'),
        parts,
        automatic: {
          type: 'boolean',
          description: 'Whether the rate of the video made it, and may undo it.',
        },
      }),
    },
    channels: {
      type: 'array',
      items: exactly({ channel: name('channel'), first: count, parts }),
    },
  }),
  LayoutList: exactly({
    layouts: {
      type: 'array',
      items: { $ref: '#/components/schemas/Layout' },
      description: `The newest ${LAYOUTS_SHOWN_MAX}, newest first.`,
    },
  }),
} as const

const VERSION = {
  ...{ type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
  description: 'Of the newest layout.',
} as const

const change = (act: Act, fields: Readonly<Record<string, object>>) => ({
  type: 'object',
  required: ['version', 'act', ...Object.keys(fields)],
  properties: {
    version: VERSION,
    act: { const: act },
    tenant: TENANT_NAME,
    ...fields,
    from: {
      ...BODY_TIME,
      description: 'The first whole minute then or later; the default is the first that is possible.',
    },
  },
  additionalProperties: false,
})

const withdrawal = {
  type: 'object',
  required: ['version', 'act'],
  properties: { version: VERSION, act: { const: 'withdraw' satisfies Act } },
  additionalProperties: false,
} as const

const answered = (description: string) => ({
  200: {
    description,
    content: { 'application/json': { schema: { $ref: '#/components/schemas/LayoutList' } } },
  },
})

const REFUSALS = {
  ...KEY_PROBLEMS,
  503: temporaryProblem('The layouts cannot be read or stored right now.'),
} as const

const tags = ['operations'] as const

export const layoutPaths = {
  '/v1/admin/layouts': {
    get: {
      tags,
      operationId: 'listLayouts',
      security: keysFor('admin'),
      summary: 'How events are routed, and from when on',
      description:
        'A layout says which partitions of the log take the events of a video. Each holds from a minute on, by the ' +
        'times of the events, so several are listed: what is in force, what was, and what is to come.',
      responses: { ...answered('The layouts.'), ...REFUSALS },
      'x-codeSamples': samples({ path: '/v1/admin/layouts' }),
    },
    post: {
      tags,
      operationId: 'changeLayout',
      security: keysFor('admin'),
      summary: 'Split or merge a video, give a channel partitions of its own, or take back what is to come',
      description:
        'Makes the next layout from the newest, for a coming minute. It is stored before it takes effect, and no ' +
        'event is counted twice or lost. `version` says which layout you know as the newest: if there is another, ' +
        'the answer is 409 with `newestVersion`. `split` takes `video` and `parts`, `dedicate` takes `channel` and ' +
        '`parts`, `merge` takes `video` or `channel`. `withdraw` takes back the newest layout while it is ' +
        'still to come and nobody can have routed by it.',
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: {
              oneOf: [
                change('split', { video: NAME, parts }),
                change('dedicate', { channel: NAME, parts }),
                change('merge', { video: NAME }),
                change('merge', { channel: NAME }),
                withdrawal,
              ],
            },
            examples: {
              split: { value: { version: 1, act: 'split', video: 'cats', parts: 2 } },
              dedicate: { value: { version: 2, act: 'dedicate', channel: 'Pets', parts: 1 } },
              merge: { value: { version: 3, act: 'merge', video: 'cats' } },
              withdraw: { value: { version: 4, act: 'withdraw' } },
            },
          },
        },
      },
      responses: {
        ...answered('All layouts, with the new one. A change that changes nothing makes none.'),
        400: problem('The request is not valid, or too late for its minute.'),
        409: problem('There is a newer layout, or the newest does not allow the change.'),
        ...REFUSALS,
      },
      'x-codeSamples': samples({
        path: '/v1/admin/layouts',
        body: { version: 1, act: 'split', video: 'cats', parts: 2 },
      }),
    },
  },
} as const
