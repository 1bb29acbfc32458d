// Traces by OpenTelemetry: a span for each request, and one for each thing that it waits for, handed to a collector by
// OTLP over HTTP. Loaded only where it is wanted. Sets nothing global: several may be in one process.
import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Context,
  defaultTextMapGetter,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { type ExportResult, ExportResultCode, W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type ReadableSpan,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Step, Traces } from '../traces.ts'
import type { TrustedProxies } from './client-address.ts'
import type { TracesSettings } from './traces-settings.ts'

/** Spans that wait for the collector; beyond, they are dropped. */
const SPANS_MAX = 2_048
const SPANS_IN_BATCH_MAX = 512
const BATCH_INTERVAL_MS = 1_000
/** So long a batch may take; then it is dropped. A stop waits no longer either. */
const EXPORT_TIMEOUT_MS = 3_000
const PATH = '/v1/traces'
const SPAN = 'span'

export type TracesDeps = {
  /** What the process is called. */
  readonly name: string
  readonly version: string
  readonly logger: { warn(about: object, text: string): void }
  /** They say whether a trace that they send is recorded; of others the share decides. */
  readonly trustProxy: TrustedProxies
  readonly random?: () => number
}

export class OtlpTraces implements Traces {
  readonly #provider: TracerProvider
  readonly #tracer: Tracer
  readonly #propagator = new W3CTraceContextPropagator()
  /** Of the request in whose course something is done. */
  readonly #current = new AsyncLocalStorage<Context>()
  readonly #trustProxy: TrustedProxies
  readonly #isToldByShare: () => boolean

  constructor({ endpoint, share }: TracesSettings, deps: TracesDeps) {
    const { name, version, logger, trustProxy, random = Math.random } = deps
    this.#trustProxy = trustProxy
    this.#isToldByShare = () => random() < share
    this.#provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': name, 'service.version': version }),
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(share) }),
      spanProcessors: [
        new BatchSpanProcessor({
          exporter: new ToldExporter(`${endpoint}${PATH}`, logger),
          maxQueueSize: SPANS_MAX,
          maxExportBatchSize: SPANS_IN_BATCH_MAX,
          scheduledDelayMillis: BATCH_INTERVAL_MS,
          exportTimeoutMillis: EXPORT_TIMEOUT_MS,
        }),
      ],
    })
    this.#tracer = this.#provider.getTracer(name, version)
  }

  during<T>(name: string, work: () => Promise<T>): Promise<T> {
    const parent = this.#current.getStore()
    if (parent === undefined) return work()
    const span = this.#tracer.startSpan(name, { kind: SpanKind.CLIENT }, parent)
    return this.#current.run(trace.setSpan(parent, span), work).then(
      (result) => {
        span.end()
        return result
      },
      (error: unknown) => {
        failed(span, error)
        span.end()
        throw error
      },
    )
  }

  traceparent(): string | null {
    const context = this.#current.getStore()
    const span = context && trace.getSpanContext(context)
    return span !== undefined && (span.traceFlags & TraceFlags.SAMPLED) !== 0
      ? `00-${span.traceId}-${span.spanId}-01`
      : null
  }

  note(name: string, value: string): void {
    const context = this.#current.getStore()
    if (context !== undefined) trace.getSpan(context)?.setAttribute(name, value)
  }

  later(traceparent: string, steps: readonly Step[]): void {
    let course = this.#propagator.extract(ROOT_CONTEXT, { traceparent }, defaultTextMapGetter)
    for (const { name, fromMs, toMs, about } of steps) {
      const options = { kind: SpanKind.CONSUMER, startTime: fromMs, attributes: about }
      const span = this.#tracer.startSpan(name, options, course)
      span.end(toMs)
      course = trace.setSpan(course, span)
    }
  }

  /** Tells of the requests of a server, and names their traces in its log. Before the routes are added. */
  follow(app: FastifyInstance): void {
    app.decorateRequest(SPAN)
    app.addHook('onRequest', (request, reply, done) => {
      const span = this.#begun(request)
      request.setDecorator(SPAN, span)
      const { traceId } = span.spanContext()
      request.log = request.log.child({ traceId })
      reply.log = request.log
      done()
    })
    app.addHook('onRoute', (route) => {
      const { handler } = route
      route.handler = (request, reply) => {
        const span = request.getDecorator<Span | undefined>(SPAN)
        const handle = () => handler.call(app, request, reply)
        return span === undefined ? handle() : this.#current.run(trace.setSpan(ROOT_CONTEXT, span), handle)
      }
    })
    app.addHook('onResponse', (request, { statusCode }, done) => {
      const span = request.getDecorator<Span | undefined>(SPAN)
      span?.setAttribute('http.response.status_code', statusCode)
      if (statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR })
      span?.end()
      done()
    })
  }

  /** Hands over what waits, as far as the collector takes it in time. */
  async close(): Promise<void> {
    await this.#provider.shutdown().catch(() => {})
  }

  /** The route is its pattern: addresses hold ids of videos. */
  #begun(request: FastifyRequest): Span {
    const { method, routeOptions } = request
    const { url = 'none' } = routeOptions
    const parent = this.#parentOf(request)
    const attributes = { 'http.request.method': method, 'http.route': url }
    return this.#tracer.startSpan(`${method} ${url}`, { kind: SpanKind.SERVER, attributes }, parent)
  }

  /** A stranger does not decide whether his trace is recorded, nor by its id, which he has chosen too. */
  #parentOf({ headers, socket }: FastifyRequest): Context {
    const parent = this.#propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter)
    const sent = trace.getSpanContext(parent)
    if (sent === undefined || this.#trustProxy(socket.remoteAddress ?? '')) return parent
    const { traceId, spanId } = sent
    const traceFlags = this.#isToldByShare() ? TraceFlags.SAMPLED : TraceFlags.NONE
    return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true })
  }
}

function failed(span: Span, error: unknown): void {
  span.setStatus({
    code: SpanStatusCode.ERROR,
    message: error instanceof Error ? error.message : String(error),
  })
}

/** Says in the log when traces begin to be lost, and not again until one got through. */
class ToldExporter extends OTLPTraceExporter {
  readonly #logger: TracesDeps['logger']
  #isFailing = false

  constructor(url: string, logger: TracesDeps['logger']) {
    super({ url, timeoutMillis: EXPORT_TIMEOUT_MS })
    this.#logger = logger
  }

  override export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    super.export(spans, (result) => {
      const isFailing = result.code !== ExportResultCode.SUCCESS
      if (isFailing && !this.#isFailing)
        this.#logger.warn({ err: result.error }, 'the collector does not take traces: they are dropped')
      this.#isFailing = isFailing
      done(result)
    })
  }
}
