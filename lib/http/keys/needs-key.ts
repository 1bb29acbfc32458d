// For routes that need a key: who calls is checked before the framework looks at the body. A body that cannot be read
// tells nobody anything who may not ask.
import type { FastifyRequest } from 'fastify'
import { adminOf, callerOf } from './caller.ts'
import type { Keys } from './key-ring.ts'
import type { Need } from './known-key.ts'

/** A hook for `onRequest`, of which each route with a body has one. Fails with a ProblemError, as `callerOf`. */
export function needsKey(keys: Keys, need: Need): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    if (need === 'admin') adminOf(request, keys)
    else callerOf(request, keys, need)
  }
}
