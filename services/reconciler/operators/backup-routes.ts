// The route that sends a backup of everything that one process stores. See the API description for its contract.
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { adminOf } from '../../../lib/http/keys/caller.ts'
import type { Keys } from '../../../lib/http/keys/key-ring.ts'
import { ProblemError } from '../../../lib/http/problem.ts'
import { limitReads, type QueryRate } from '../../../lib/http/query-rate.ts'
import { MINUTE_MS } from '../../../model/bucket.ts'

export type BackupRouteDeps = {
  readonly keys: Keys
  readonly rate: QueryRate
  /** Fails if the backup cannot be whole, or as `send`. */
  readonly writeBackup: (send: (bytes: Uint8Array) => Promise<void>) => Promise<void>
}

const MEDIA_TYPE = 'application/octet-stream'
/** A client that takes nothing for so long is given up: a backup keeps old data from being removed. */
const SILENT_MS_MAX = 15 * MINUTE_MS
const RETRY_AFTER_S = '60'

export function registerBackup(app: FastifyInstance, { keys, rate, writeBackup }: BackupRouteDeps): void {
  let isUnderWay = false
  app.register(async (scope) => {
    scope.addHook('onRequest', async (request, reply) => {
      adminOf(request, keys)
      reply.header('cache-control', 'no-store')
    })
    limitReads(scope, rate)

    scope.get('/v1/admin/backup', async (request, reply) => {
      reply.type(MEDIA_TYPE)
      if (request.method === 'HEAD') return reply.send('')
      if (isUnderWay) {
        const detail = 'A backup is under way already: there may be no second one at once.'
        throw new ProblemError({ type: 'overloaded', detail, headers: { 'retry-after': RETRY_AFTER_S } })
      }
      isUnderWay = true
      reply.raw.setTimeout(SILENT_MS_MAX)
      request.log.info(`backs up for ${adminOf(request, keys) ?? 'everybody: keys are off'}`)
      const stream = new PassThrough()
      writeBackup(sendTo(stream))
        .then(() => stream.end())
        .catch((error) => {
          request.log.error(error, 'a backup could not be made')
          stream.destroy(error)
        })
        .finally(() => {
          isUnderWay = false
        })
      return reply.send(stream)
    })
  })
}

/** Waits while the client is slower. */
function sendTo(stream: PassThrough): (bytes: Uint8Array) => Promise<void> {
  const closed = new AbortController()
  stream.once('close', () => closed.abort(new Error('the client has gone')))
  return async (bytes) => {
    closed.signal.throwIfAborted()
    if (!stream.write(bytes)) await once(stream, 'drain', { signal: closed.signal })
  }
}
