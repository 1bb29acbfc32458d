// What a request is called: as its sender or the balancer in front of this server calls it, so that the lines of all
// can be joined; else by a name of our own, which no other process gives. Every answer says it.
import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { addRequestCheck } from './request-checks.ts'

/** The same as in infra/nginx/nginx.conf.tmpl. */
const REQUEST_ID = /^[A-Za-z0-9._:-]{1,64}$/
const PROCESS_BYTES = 6

/** For a server, whose requests it counts. */
export function requestIds(
  process = randomBytes(PROCESS_BYTES).toString('hex'),
): (request: Pick<IncomingMessage, 'headers'>) => string {
  let last = 0
  return ({ headers }) => {
    const given = headers['x-request-id']
    return typeof given === 'string' && REQUEST_ID.test(given) ? given : `${process}-${++last}`
  }
}

/** Set on the raw answer, because streams bypass the framework. */
export function tellRequestIds(app: FastifyInstance): void {
  addRequestCheck(app, (request, reply) => {
    reply.raw.setHeader('x-request-id', request.id)
  })
}
