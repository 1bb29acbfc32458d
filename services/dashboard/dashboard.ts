// The page for creators and operators at `/`, and the embeddable counter at `/tally-count.js`. It uses the same
// public routes as everybody; nothing here knows about counts.
import type { FastifyInstance } from 'fastify'
import { ProblemError } from '../../lib/http/problem.ts'
import { sendAsset } from './asset.ts'
import { buildPageFiles, type PageFiles } from './page-files.ts'

const PAGE_HEADERS = {
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
}
const FOR_EVER = 'public, max-age=31536000, immutable'
const COUNTER_HEADERS = {
  'cache-control': 'public, max-age=300',
  'access-control-allow-origin': '*', // the code is public; whom the counts are shown to is CORS_ORIGINS's matter
  'cross-origin-resource-policy': 'cross-origin',
}

/** Adds the routes of the page. Its files are put together at the first request. */
export function registerDashboard(app: FastifyInstance): void {
  let built: PageFiles | undefined
  const page = () => {
    built ??= buildPageFiles()
    return built
  }

  app.get('/', async (request, reply) => {
    const { html, policy } = page()
    return sendAsset(request, reply.headers({ ...PAGE_HEADERS, 'content-security-policy': policy }), html)
  })

  app.get<{ Params: { version: string; name: string } }>(
    '/dashboard/:version/:name',
    async (request, reply) => {
      const { version, name } = request.params
      const file = version === page().version ? page().files.get(name) : undefined
      if (file === undefined) {
        throw new ProblemError({ type: 'not-found', detail: 'The page has changed: load it again.' })
      }
      return sendAsset(request, reply.header('cache-control', FOR_EVER), file)
    },
  )

  app.get('/tally-count.js', async (request, reply) =>
    sendAsset(request, reply.headers(COUNTER_HEADERS), page().counter),
  )
}
