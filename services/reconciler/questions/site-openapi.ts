// The description of totals of a site.
import { keysFor } from '../../../schemas/openapi/access.ts'
import { temporaryProblem } from '../../../schemas/openapi/problems.ts'
import { samples } from '../../../schemas/openapi/samples.ts'
import { answered, FILTERED_WORDS, REFUSALS, STATS_QUERY, TABLES } from '../../query/query-openapi.ts'

const DESCRIPTION = `The sum over all videos of the tenant of the key, or over all videos where keys are off. Hours that
are recounted are added up by the recount; later ones are counted from the raw events that are archived, late ones
included. Events show after a minute at the latest; \`meta.asOf\` says how far the answer goes. PT1M reaches six hours
back, and a range that begins earlier is widened to quarters of an hour. A video that is removed leaves the total of
hours whose raw events are still kept. ${FILTERED_WORDS}`

export const sitePaths = {
  '/v1/site/stats': {
    get: {
      tags: ['queries'],
      operationId: 'getSiteStats',
      security: keysFor('read'),
      summary: 'One number about the events of one type of all videos together, optionally as a time series',
      description: DESCRIPTION,
      parameters: STATS_QUERY,
      responses: {
        200: answered('SiteStats', TABLES),
        ...REFUSALS,
        503: temporaryProblem('The archive cannot be read right now, or too much of it is asked for.'),
      },
      'x-codeSamples': samples({
        path: '/v1/site/stats?eventType=view&function=count&granularity=P1D&where=country:DE',
        sdk: `const { value, series } = await tally.getSiteStats('view', 'count', undefined, undefined, {
  granularity: 'P1D',
  timeZone: 'Europe/Berlin',
  where: { country: 'DE' },
})`,
      }),
    },
  },
} as const
