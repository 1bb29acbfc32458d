// For routes that take JSON: checks who sends the body, and whether it is JSON, before any of it is read.
import type { FastifyRequest } from 'fastify'
import { callerOf } from './keys/caller.ts'
import type { Keys } from './keys/key-ring.ts'
import type { Need } from './keys/known-key.ts'
import { mediaTypeOf } from './media-type.ts'
import { ProblemError } from './problem.ts'

const JSON_MEDIA_TYPE = 'application/json'

/**
 * A hook for `onRequest`. It fails with a ProblemError: `unauthorized`, `forbidden`, `unsupported-media-type`
 * or `unsupported-encoding`.
 */
export function takesJson(
  keys: Keys,
  need: Exclude<Need, 'admin'>,
): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    callerOf(request, keys, need)
    checkJson(request)
  }
}

/** Fails with a ProblemError: `unsupported-media-type` or `unsupported-encoding`. */
export function checkJson(request: FastifyRequest): void {
  if (mediaTypeOf(request.headers['content-type']) !== JSON_MEDIA_TYPE) {
    throw new ProblemError({
      type: 'unsupported-media-type',
      detail: `Send the body as ${JSON_MEDIA_TYPE}, in UTF-8.`,
    })
  }
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new ProblemError({ type: 'unsupported-encoding', detail: 'Send the body uncompressed.' })
  }
}
