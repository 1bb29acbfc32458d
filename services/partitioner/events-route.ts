// POST /v1/events: admit → receive → read → accept → answer. The table of contents of the front door. The same for
// POST /v1/events/validate, which says what would happen instead of letting it happen.
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../../lib/clock.ts'
import type { Keys } from '../../lib/http/keys/key-ring.ts'
import { answerPreflights, letPageRead } from '../../lib/http/keys/page-senders.ts'
import { ProblemError } from '../../lib/http/problem.ts'
import { addRequestCheck } from '../../lib/http/request-checks.ts'
import { NO_TRACES, type Traces, traced } from '../../lib/traces.ts'
import type { Layouts } from '../../stores/layouts/layouts.ts'
import type { Log } from '../../stores/log/log.ts'
import type { RateLimit, SenderLimits } from '../../stores/rate-limit/rate-limit.ts'
import { type AcceptDeps, accept, type Receipt } from './accept.ts'
import { type Admission, admit } from './admit.ts'
import { EventRates } from './event-rates.ts'
import { Gather } from './gather.ts'
import type { HotVideos } from './hot-videos/hot-videos.ts'
import { InFlight } from './in-flight.ts'
import type { EventLimits } from './limits.ts'
import { NO_SHEDDING, type Shedding } from './load-shedding.ts'
import { newVideoQuota } from './new-videos.ts'
import type { EventMetrics } from './partitioner-metrics.ts'
import { readBody } from './read-body.ts'
import { overloaded, receiveBody } from './receive-body.ts'
import { acceptIn } from './threads/accept-in-threads.ts'
import type { Packing } from './threads/packing.ts'
import { validate } from './validate.ts'
import type { ViewerRules } from './viewer.ts'

export type EventsDeps = {
  readonly log: Pick<Log, 'append'>
  /** Keeps events whose layout is not known yet, by lane; missing: they are refused. */
  readonly unrouted?: Pick<Log, 'append'>
  readonly layouts: Layouts
  readonly clock: Clock
  readonly keys: Keys
  readonly limits: EventLimits
  /** See Naming. */
  readonly sourcesFromMs: number
  readonly metrics: EventMetrics
  readonly rateLimit: RateLimit
  readonly senderLimits?: SenderLimits
  /** Missing: rates of videos concern nobody. */
  readonly hotVideos?: Pick<HotVideos, 'note'>
  /** Missing: nothing is shed. */
  readonly shedding?: Shedding
  readonly traces?: Traces
  /** Missing: every body is read by the thread that takes it. */
  readonly packing?: Packing
  /** Missing: events are given nothing that they do not say themselves. */
  readonly viewers?: ViewerRules
}

const NO_BODY = Buffer.alloc(0)

/** Adds the route. When the server closes, everything received is stored before the close ends. */
export function registerEvents(app: FastifyInstance, deps: EventsDeps): void {
  const { keys, limits, metrics, shedding = NO_SHEDDING, traces = NO_TRACES } = deps
  const inFlight = new InFlight(limits.inFlightBytesMax, metrics.inFlightBytes)
  const acceptDeps = {
    ...deps,
    gather: traced(traces, 'log', new Gather(deps), ['store', 'storeRecords']),
    ...(deps.unrouted !== undefined && { waiting: new Gather({ ...deps, log: deps.unrouted }) }),
    newVideos: newVideoQuota(limits.newVideosPerMinuteMax),
  }
  const store = storing(deps)
  app.register(async (scope) => {
    // admit, receive and decode alone decide which bodies are read, and how.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', async (_request: FastifyRequest, payload: IncomingMessage) => payload)
    scope.decorateRequest('admission')
    scope.decorateRequest('rates')
    answerPreflights(scope, '/v1/events', keys)
    addRequestCheck(scope, (request, reply) => {
      if (request.method === 'OPTIONS') return
      letPageRead(request, reply, keys)
      const admission = admit(request, keys, deps.viewers)
      request.setDecorator('admission', admission)
      const rates = new EventRates(request, admission.sender, deps.rateLimit, deps.senderLimits)
      request.setDecorator('rates', rates)
      rates.refuseKnown()
      if (inFlight.isFull) throw overloaded()
      if (shedding.admits()) return
      metrics.shed()
      throw overloaded()
    })
    scope.addHook('onClose', async () => {
      await Promise.all([acceptDeps.gather.close(), acceptDeps.waiting?.close()])
    })

    /** The body of a request, inflated. `use` is finished before its room is free again. */
    const withBody = async <T>(
      request: FastifyRequest,
      use: (body: Buffer, admission: Admission, deps: AcceptDeps) => Promise<T>,
    ) => {
      const admission = request.getDecorator<Admission>('admission')
      const payload = request.body as IncomingMessage | undefined
      const rates = request.getDecorator<EventRates>('rates')
      const hold = inFlight.take()
      try {
        const raw = payload === undefined ? NO_BODY : await receiveBody(payload, limits.bodyBytesMax, hold)
        rates.refuseKnown() // others may have used up the share since: then it need not be read
        if (admission.isGzipped && !hold.growBy(limits.bodyBytesMax)) throw overloaded()
        const body = await readBody(raw, admission.isGzipped, limits.bodyBytesMax)
        hold.shrinkTo(body.length)
        if (shedding.isShedding && isGone(request)) throw overloaded()
        return await use(body, admission, { ...acceptDeps, rates })
      } finally {
        hold.release()
      }
    }
    const onResponse = (_request: FastifyRequest, reply: FastifyReply, done: () => void) => {
      metrics.answered(reply.statusCode)
      done()
    }
    scope.post('/v1/events', { onResponse, config: { takesPages: true } }, (request, reply) =>
      withBody(request, async (body, admission, given) => {
        reply.code(202)
        return answer(await store(body, admission, given))
      }),
    )
    scope.post('/v1/events/validate', (request) => withBody(request, validate))
  })
}

/** What becomes of a body. */
function storing({ packing, traces = NO_TRACES }: EventsDeps): typeof accept {
  return packing === undefined ? accept : acceptIn(traced(traces, 'door', packing, ['pack']))
}

/** Whether the sender has closed the connection, so that nothing can be answered. */
function isGone({ raw }: FastifyRequest): boolean {
  return raw.socket.destroyed || raw.socket.writableEnded
}

/** Throws the ProblemError `no-event-accepted`, which carries the same receipt, if no event was accepted. */
function answer(receipt: Receipt): Receipt {
  if (receipt.accepted > 0) return receipt
  const detail = receipt.rejected.length > 0 ? 'Each event has a fault.' : 'The request holds no event.'
  throw new ProblemError({ type: 'no-event-accepted', detail, members: receipt })
}
