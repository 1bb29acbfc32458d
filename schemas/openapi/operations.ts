// Addresses for operators, and for programs that discover what the service can do.
import { temporaryProblem } from './problems.ts'
import { type Call, samples } from './samples.ts'

export const operationSchemas = {
  Health: {
    type: 'object',
    required: ['status'],
    properties: { status: { type: 'string' } },
  },
} as const

const health = (description: string) => ({
  description,
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Health' } } },
})

type Described = { readonly operationId: string; readonly summary: string; readonly sample: Call }

const get = <T extends object>({ sample, ...words }: Described, responses: T) => ({
  get: {
    ...{ tags: ['operations'], ...words, security: [], responses },
    'x-codeSamples': samples(sample),
  },
})

const text = (mediaType: string, description: string) => ({
  200: { description, content: { [mediaType]: { schema: { type: 'string' } } } },
})

export const operationPaths = {
  '/health/live': get(
    {
      operationId: 'isLive',
      summary: 'Whether the process works',
      sample: { path: '/health/live' },
    },
    { 200: health('It works.') },
  ),
  '/health/ready': get(
    {
      operationId: 'isReady',
      summary: 'Whether events can be accepted and questions answered',
      sample: { path: '/health/ready' },
    },
    { 200: health('They can.'), 503: temporaryProblem('Not now.') },
  ),
  '/metrics': get(
    {
      operationId: 'getMetrics',
      summary: 'Metrics for Prometheus',
      sample: { path: '/metrics' },
    },
    text('text/plain', 'Text exposition.'),
  ),
  '/openapi.json': get(
    {
      operationId: 'getOpenApi',
      summary: 'This description',
      sample: { path: '/openapi.json', options: '-o openapi.json' },
    },
    { 200: { description: 'OpenAPI 3.2.', content: { 'application/json': { schema: { type: 'object' } } } } },
  ),
  '/docs': get(
    {
      operationId: 'getDocs',
      summary: 'The documentation',
      sample: { path: '/docs', options: '-o docs.html' },
    },
    text('text/html', 'For people.'),
  ),
  '/docs/api': get(
    {
      operationId: 'getApiDocs',
      summary: 'This description as a page',
      sample: { path: '/docs/api', options: '-o api.html' },
    },
    text('text/html', 'For people.'),
  ),
} as const
