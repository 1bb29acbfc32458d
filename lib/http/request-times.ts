// How long requests took, by method, route and status, as a Prometheus histogram. The sums are kept here and handed
// over at each scrape: an observation of the library, which looks for the child of three labels, takes a microsecond,
// and a request to the front door not much more than forty.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Metric, Registry } from 'prom-client'

/** With the bounds of what is promised: 0.1 s for answers, 0.25 s for accepted events. */
const BUCKETS_SECONDS = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const NAME = 'tally_http_request_seconds'
const HELP = 'Time from the headers of a request to the end of its answer, by method, route and status.'
/** Of requests to addresses that nobody serves: their number has no bound. */
const UNKNOWN = { method: 'other', route: 'none' }

type Labels = { readonly method: string; readonly route: string; readonly status: string }
type Times = { readonly labels: Labels; readonly counts: number[]; count: number; sum: number }

/** Before the routes are added. */
export function timeRequests(app: FastifyInstance, registry: Registry): void {
  const all = new Map<string, Times>()
  app.addHook('onResponse', (request, reply, done) => {
    observe(all, request, reply)
    done()
  })
  const form = { name: NAME, help: HELP, type: 'histogram', aggregator: 'sum' }
  const get = async () => ({ ...form, values: Array.from(all.values()).flatMap(samplesOf) })
  registry.registerMetric({ ...form, get, reset: () => all.clear() } as unknown as Metric)
}

/** The route is its pattern and never the address, so that the number of its values is bounded. */
function observe(all: Map<string, Times>, request: FastifyRequest, reply: FastifyReply): void {
  const { url } = request.routeOptions
  const { method, route } = url === undefined ? UNKNOWN : { method: request.method, route: url }
  const key = `${method} ${reply.statusCode} ${route}`
  let times = all.get(key)
  if (times === undefined) {
    const labels = { method, route, status: String(reply.statusCode) }
    times = { labels, counts: BUCKETS_SECONDS.map(() => 0), count: 0, sum: 0 }
    all.set(key, times)
  }
  const seconds = reply.elapsedTime / 1_000
  const at = BUCKETS_SECONDS.findIndex((bound) => seconds <= bound)
  if (at >= 0) times.counts[at]!++
  times.count++
  times.sum += seconds
}

function samplesOf({ labels, counts, count, sum }: Times) {
  let below = 0
  const buckets = BUCKETS_SECONDS.map((le, i) => {
    below += counts[i]!
    return { metricName: `${NAME}_bucket`, labels: { le, ...labels }, value: below }
  })
  return [
    ...buckets,
    { metricName: `${NAME}_bucket`, labels: { le: '+Inf', ...labels }, value: count },
    { metricName: `${NAME}_sum`, labels, value: sum },
    { metricName: `${NAME}_count`, labels, value: count },
  ]
}
