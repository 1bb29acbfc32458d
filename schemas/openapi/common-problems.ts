// Problems that every address can answer with, added to the description of each in one place.
import { problem, rateProblem, temporaryProblem } from './problems.ts'

const OF_ALL = {
  400: problem('The request cannot be read, or is not valid.'),
  408: problem('The request took too long to arrive.'),
  414: problem('A part of the address is longer than any name can be.'),
  421: problem('The server does not answer to that host name.'),
  431: problem('The headers are too large.'),
  503: temporaryProblem('The server is closing. Retry, on another server if there is one.'),
} as const
const OF_CHANGES = {
  403: problem(
    'The API key is unknown or does not allow that, or a page of another site asked for a change.',
  ),
  429: rateProblem('The sender exceeds its share, or too many unknown keys came from its address.'),
} as const
const OF_READS = {
  429: rateProblem(
    'The tenant asks more than it may; or the address, where keys are off or admins ask; or too many unknown keys ' +
      'came from the address.',
  ),
} as const
const OF_BODIES = {
  413: problem('The body is too large.'),
  415: problem('The content type or encoding is not supported.'),
} as const

const READING = ['get', 'query']
/** Other addresses, such as those of health and metrics, are asked by those who run the service. */
const VERSIONED = /^\/v\d/
const CHANGING = ['post', 'put', 'delete']
/** Fastify reads a body wherever one may be sent, even if the route ignores it. */
const WITH_BODY = [...CHANGING, 'query']

type Operations = Readonly<Record<string, { readonly responses: object }>>

/** An operation's own description takes precedence over the common one. */
export function withCommonProblems<T extends Readonly<Record<string, object>>>(paths: T): T {
  const described = Object.entries(paths as Readonly<Record<string, Operations>>).map(
    ([path, operations]) => [
      path,
      Object.fromEntries(
        Object.entries(operations).map(([method, operation]) => [
          method,
          { ...operation, responses: responsesOf(path, method, operation.responses) },
        ]),
      ),
    ],
  )
  return Object.fromEntries(described)
}

function responsesOf(path: string, method: string, responses: object): object {
  return {
    ...OF_ALL,
    ...(READING.includes(method) && VERSIONED.test(path) && OF_READS),
    ...(WITH_BODY.includes(method) && OF_BODIES),
    ...(CHANGING.includes(method) && OF_CHANGES),
    ...responses,
    ...(CHANGING.includes(method) && { 403: OF_CHANGES[403] }),
  }
}
