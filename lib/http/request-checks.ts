// Checks of requests before anything of them is read. Most requests pass them all, so a check is a plain function: an
// async hook costs a promise and a turn of the microtask queue for each request.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** Throws the error to be answered with. */
export type RequestCheck = (request: FastifyRequest, reply: FastifyReply) => void

/** Runs the check for each request of the scope, after those that were added before. */
export function addRequestCheck(scope: FastifyInstance, check: RequestCheck): void {
  scope.addHook('onRequest', (request, reply, done) => {
    try {
      check(request, reply)
    } catch (error) {
      done(error as Error)
      return
    }
    done()
  })
}
