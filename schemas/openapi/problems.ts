// Problem documents (RFC 9457), as every refusal carries them.

export const problemSchemas = {
  Problem: {
    type: 'object',
    required: ['type', 'title', 'status', 'detail'],
    properties: {
      type: {
        type: 'string',
        pattern: '^urn:tally:problem:[a-z0-9-]+$',
        description: 'Never changes its meaning.',
      },
      title: { type: 'string' },
      status: { type: 'integer', minimum: 400, maximum: 599 },
      detail: { type: 'string', description: 'What went wrong this time.' },
      errors: {
        type: 'array',
        description: 'Everything that is wrong with the request, for problems that can have several faults.',
        items: { $ref: '#/components/schemas/Fault' },
      },
    },
  },
  Fault: {
    type: 'object',
    required: ['detail'],
    properties: {
      index: { type: 'integer', minimum: 0 },
      parameter: { type: 'string' },
      code: { type: 'string' },
      detail: { type: 'string' },
    },
    additionalProperties: false,
  },
} as const

const RETRY_AFTER = {
  'retry-after': { description: 'Seconds to wait before retrying.', schema: { type: 'integer' } },
} as const

/** A response that is a problem document. */
export function problem(description: string) {
  const schema = { $ref: '#/components/schemas/Problem' } as const
  return { description, content: { 'application/problem+json': { schema } } }
}

/** A temporary problem. */
export function temporaryProblem(description: string) {
  return { ...problem(description), headers: RETRY_AFTER }
}

/** Refusals that every address shares where API keys are on. */
export const KEY_PROBLEMS = {
  401: problem('An API key is needed.'),
  403: problem('The API key is unknown, or does not allow that.'),
} as const
