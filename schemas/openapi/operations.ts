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

type Described = {
  readonly operationId: string
  readonly summary: string
  readonly description: string
  readonly sample: Call
}

const get = <T extends object>({ sample, ...words }: Described, responses: T) => ({
  get: {
    ...{ tags: ['operations'], ...words, security: [], responses },
    'x-codeSamples': samples(sample),
  },
})

const text = (mediaType: string, description: string, example: string) => ({
  200: { description, content: { [mediaType]: { schema: { type: 'string' }, example } } },
})

const DOCUMENT = {
  type: 'object',
  examples: [{ openapi: '3.2.0', info: { title: 'Tally' }, paths: {} }],
} as const
const PAGE = '<!doctype html>\n<html lang="en">…</html>'

export const operationPaths = {
  '/health/live': get(
    {
      operationId: 'isLive',
      summary: 'Whether the process works',
      description:
        'For whatever restarts processes that hang: it asks no store, and so stays 200 while a store is away. ' +
        'It reveals nothing else, and is asked without a key.',
      sample: { path: '/health/live' },
    },
    { 200: health('It works.') },
  ),
  '/health/ready': get(
    {
      operationId: 'isReady',
      summary: 'Whether events can be accepted and questions answered',
      description:
        'For load balancers: 503, with the reasons, while the process closes, and where what it needs has been away ' +
        'for a while. To restart it would not help.',
      sample: { path: '/health/ready' },
    },
    { 200: health('They can.'), 503: temporaryProblem('Not now.') },
  ),
  '/metrics': get(
    {
      operationId: 'getMetrics',
      summary: 'Metrics for Prometheus',
      description:
        'What each metric means and which of them to watch is in the documentation (docs/metrics.md). They name no ' +
        'tenant and no video, and no key is asked for: let only your own network reach this address.',
      sample: { path: '/metrics' },
    },
    text('text/plain', 'Text exposition.', 'tally_events_accepted_total 2160\n'),
  ),
  '/openapi.json': get(
    {
      operationId: 'getOpenApi',
      summary: 'This description',
      description:
        'For programs that make clients, forms or tests of it. Where the server asks for keys, each operation says ' +
        'which.',
      sample: { path: '/openapi.json', options: '-o openapi.json' },
    },
    { 200: { description: 'OpenAPI 3.2.', content: { 'application/json': { schema: DOCUMENT } } } },
  ),
  '/docs': get(
    {
      operationId: 'getDocs',
      summary: 'The documentation',
      description: 'The documents of this very version, with a search. They are the same for everybody.',
      sample: { path: '/docs', options: '-o docs.html' },
    },
    text('text/html', 'For people.', PAGE),
  ),
  '/docs/api': get(
    {
      operationId: 'getApiDocs',
      summary: 'This description as a page',
      description: 'Made of the same description, for people: one page without scripts.',
      sample: { path: '/docs/api', options: '-o api.html' },
    },
    text('text/html', 'For people.', PAGE),
  ),
} as const
