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

const text = (description: string) => ({ description, schema: { type: 'string' } })

/** Of draft-ietf-httpapi-ratelimit-headers. */
export const RATE_HEADERS = {
  'ratelimit-policy': text(
    'The shares of the sender: `"tenant";q=100;w=1;qu="events"` is 100 events a second.',
  ),
  ratelimit: text('What is left of each: `"tenant";r=50;t=1`, and in how many seconds it is full again.'),
}

/** A response that is a problem document. */
export function problem(description: string) {
  const schema = { $ref: '#/components/schemas/Problem' } as const
  return { description, content: { 'application/problem+json': { schema } } }
}

/** Too many requests, events or unknown keys. */
export function rateProblem(description: string) {
  return { ...problem(description), headers: { ...RETRY_AFTER, ...RATE_HEADERS } }
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

/** Refusals of addresses that read and change what a tenant has told of its own. */
export const CHANGE_PROBLEMS = {
  400: problem('The request is not valid; `errors` names all faults.'),
  ...KEY_PROBLEMS,
  503: temporaryProblem('Not possible now. Retrying is safe.'),
} as const
