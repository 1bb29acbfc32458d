// Serves the API reference page. It loads nothing from other sites and runs no scripts.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import type { Description } from './description.ts'
import { Html } from './html.ts'
import { docsPage } from './page.ts'

const MAX_AGE_S = 300

/** Adds `GET /docs/api`, which shows an OpenAPI description. */
export function registerDocs(app: FastifyInstance, description: object): void {
  const style = readFileSync(new URL('./docs.css', import.meta.url), 'utf8')
  const page = docsPage(description as Description, new Html(style))
  const digest = createHash('sha256').update(style).digest('base64')
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${digest}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]
  app.get('/docs/api', async (_request, reply) => {
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', policy.join('; '))
      .header('x-content-type-options', 'nosniff')
      .header('referrer-policy', 'no-referrer')
      .header('cache-control', `public, max-age=${MAX_AGE_S}`)
    return page
  })
}
