// Distinguishes "no such address" from "not with this method", and answers OPTIONS for every address.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { allowedMethods, type KnownRoute } from './allowed-methods.ts'
import { ProblemError } from './problem.ts'

/** The methods that at least one route of the product takes. */
export const KNOWN_METHODS = 'GET, HEAD, POST, PUT, DELETE, OPTIONS, QUERY'

/**
 * Runs before the body is looked at, so that a request with a wrong method is never told to change its content type.
 */
export function answerUnknownRoutes(app: FastifyInstance): void {
  const routes: KnownRoute[] = []
  const fixed = new Set<string>()
  app.addHook('onRoute', ({ url, method }) => {
    routes.push({ url, methods: [method].flat() })
    if (!url.includes(':')) fixed.add(url)
  })
  app.addHook('onRequest', (request, reply, done) => {
    // `/letters/replay` is an address of its own, which takes POST only: GET would be read as `/letters/:id`.
    const isShadowed = request.routeOptions.url?.includes(':') && fixed.has(pathOf(request.url))
    if (!request.is404 && !isShadowed) return done()
    try {
      answerWithoutRoute(routes, request, reply)
    } catch (error) {
      done(error as Error)
    }
  })
  app.setNotFoundHandler((request, reply) => answerWithoutRoute(routes, request, reply))
}

function answerWithoutRoute(routes: readonly KnownRoute[], request: FastifyRequest, reply: FastifyReply) {
  const path = pathOf(request.url)
  const isWhole = path === '*' // OPTIONS * asks about the server as a whole
  const methods = isWhole ? KNOWN_METHODS.split(', ') : allowedMethods(routes, path)
  if (methods.length === 0)
    throw new ProblemError({ type: 'not-found', detail: 'There is no route for this address.' })
  const allow = methods.join(', ')
  if (request.method === 'OPTIONS') return reply.code(204).header('allow', allow).send()
  throw new ProblemError({ type: 'method-not-allowed', detail: `Use ${allow}.`, headers: { allow } })
}

function pathOf(url: string): string {
  return url.split('?', 1)[0]!
}
