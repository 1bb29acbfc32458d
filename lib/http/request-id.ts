// What a request is called in the logs: as the balancer in front of this server calls it, so that the lines of both
// can be joined; else by a number.
import type { IncomingMessage } from 'node:http'

/** The same as in infra/nginx/nginx.conf.tmpl. */
const REQUEST_ID = /^[A-Za-z0-9._:-]{1,64}$/

/** For a server, whose requests it counts. */
export function requestIds(): (request: Pick<IncomingMessage, 'headers'>) => string {
  let last = 0
  return ({ headers }) => {
    const given = headers['x-request-id']
    return typeof given === 'string' && REQUEST_ID.test(given) ? given : `req-${++last}`
  }
}
