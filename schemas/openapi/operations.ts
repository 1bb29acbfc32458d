// Addresses for operators, and for programs that discover what the service can do.
import { temporaryProblem } from './problems.ts'

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

const get = <T extends object>(operationId: string, summary: string, responses: T) => ({
  get: { tags: ['operations'], operationId, summary, security: [], responses },
})

export const operationPaths = {
  '/health/live': get('isLive', 'Whether the process works', { 200: health('It works.') }),
  '/health/ready': get('isReady', 'Whether events can be accepted and questions answered', {
    200: health('They can.'),
    503: temporaryProblem('Not now.'),
  }),
  '/metrics': get('getMetrics', 'Metrics for Prometheus', {
    200: { description: 'Text exposition.', content: { 'text/plain': { schema: { type: 'string' } } } },
  }),
  '/openapi.json': get('getOpenApi', 'This description', {
    200: { description: 'OpenAPI 3.2.', content: { 'application/json': { schema: { type: 'object' } } } },
  }),
  '/docs': get('getDocs', 'The documentation', {
    200: { description: 'For people.', content: { 'text/html': { schema: { type: 'string' } } } },
  }),
  '/docs/api': get('getApiDocs', 'This description as a page', {
    200: { description: 'For people.', content: { 'text/html': { schema: { type: 'string' } } } },
  }),
} as const
