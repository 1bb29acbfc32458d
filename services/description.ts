// The description of the HTTP contract in OpenAPI 3.2, the first that knows QUERY, put together from its parts, and
// the addresses that serve it: one for programs, one for people.
import type { FastifyInstance } from 'fastify'
import product from '../package.json' with { type: 'json' }
import { securitySchemes, withCallers, withKeysOn } from '../schemas/openapi/access.ts'
import { withCommonProblems } from '../schemas/openapi/common-problems.ts'
import { registerDocs } from '../schemas/openapi/docs/register.ts'
import { withExamples } from '../schemas/openapi/examples.ts'
import { joined } from '../schemas/openapi/joined.ts'
import { operationPaths, operationSchemas } from '../schemas/openapi/operations.ts'
import { problemSchemas } from '../schemas/openapi/problems.ts'
import { deadLetterPaths, deadLetterSchemas } from './partitioner/dead-letters/dead-letters-openapi.ts'
import { eventPaths, eventSchemas } from './partitioner/events-openapi.ts'
import { layoutPaths, layoutSchemas } from './partitioner/layouts/layouts-openapi.ts'
import { keyPaths, keySchemas } from './query/key-openapi.ts'
import { livePaths, liveSchemas } from './query/live/live-openapi.ts'
import { queryPaths } from './query/query-openapi.ts'
import { querySchemas } from './query/query-schemas.ts'
import { sharePaths, shareSchemas } from './query/share-openapi.ts'
import { annotationPaths, annotationSchemas } from './query/videos/annotations-openapi.ts'
import { videoPaths, videoSchemas } from './query/videos/videos-openapi.ts'
import { alertPaths, alertSchemas } from './reconciler/alerts/alerts-openapi.ts'
import { adminPaths, adminSchemas } from './reconciler/operators/admin-openapi.ts'
import { backupPaths } from './reconciler/operators/backup-openapi.ts'
import { breakdownPaths, breakdownSchemas } from './reconciler/questions/breakdown-openapi.ts'
import { sitePaths } from './reconciler/questions/site-openapi.ts'
import { sqlPaths, sqlSchemas } from './reconciler/questions/sql-openapi.ts'

const DESCRIPTION = `Exact video counts, live. Every accepted event is counted once, whatever crashes.

Send events with ids of your own, and send them again with the same ids when an answer is lost: copies are
counted once. All errors are problem documents (RFC 9457) with a stable \`type\`.

Every address that answers GET answers HEAD too, but for the live stream; all answer OPTIONS with \`Allow\`.
Other methods are refused with 405 and \`Allow\`, and methods unknown to HTTP with 501. Pages of other
sites may change nothing. Answers to questions are compressed by gzip for clients that ask for it.`

export const OPENAPI = {
  openapi: '3.2.0',
  info: {
    title: 'Tally',
    version: product.version,
    description: DESCRIPTION,
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/' }],
  tags: [
    { name: 'events', description: 'What happened' },
    { name: 'queries', description: 'How often it happened' },
    { name: 'videos', description: 'Their metadata, and what people note of them' },
    { name: 'alerts', description: 'Being told of it by webhooks' },
    { name: 'dead letters', description: 'What could not be counted' },
    { name: 'batch layer', description: 'Imports, recounts, exports, backups, privacy' },
    { name: 'operations', description: 'How the service is' },
  ],
  paths: withCallers(
    withCommonProblems(
      joined('address', {
        ...{ eventPaths, queryPaths, breakdownPaths, sitePaths, livePaths },
        ...{ videoPaths, annotationPaths, alertPaths, sharePaths, keyPaths },
        ...{ deadLetterPaths, layoutPaths, adminPaths, sqlPaths, backupPaths, operationPaths },
      }),
    ),
  ),
  components: {
    schemas: withExamples(
      joined('schema', {
        ...{
          eventSchemas,
          querySchemas,
          breakdownSchemas,
          liveSchemas,
          videoSchemas,
          annotationSchemas,
          alertSchemas,
          shareSchemas,
          keySchemas,
        },
        ...{ deadLetterSchemas, layoutSchemas, adminSchemas, sqlSchemas, operationSchemas, problemSchemas },
      }),
    ),
    securitySchemes,
  },
} as const

/** Adds `GET /openapi.json`, which says whether this server asks for keys at the moment, and `GET /docs/api`. */
export function registerOpenApi(
  app: FastifyInstance,
  keys: { readonly areOn: boolean } = { areOn: false },
): void {
  const withKeys = withKeysOn(OPENAPI)
  app.get('/openapi.json', async () => (keys.areOn ? withKeys : OPENAPI))
  registerDocs(app, OPENAPI)
}
