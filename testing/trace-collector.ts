// For tests: a collector that takes OTLP over HTTP, in the form of JSON, and keeps the spans.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

/** https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding, as far as tests read it. */
export type CollectedSpan = {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly status: { readonly code?: number }
  readonly attributes: readonly { readonly key: string; readonly value: object }[]
}

type Taken = {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly CollectedSpan[] }[]
  }[]
}

export class TraceCollector implements AsyncDisposable {
  readonly #server: Server
  readonly spans: CollectedSpan[] = []

  /** `status`: what it answers; it keeps spans all the same. */
  private constructor(status: number) {
    this.#server = createServer(async (request, response) => {
      const taken = (await json(request)) as Taken
      if (request.url === '/v1/traces')
        this.spans.push(
          ...taken.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
        )
      response.writeHead(request.url === '/v1/traces' ? status : 404).end('{}')
    })
  }

  static async start(status = 200): Promise<TraceCollector> {
    const collector = new TraceCollector(status)
    collector.#server.listen(0, '127.0.0.1')
    await once(collector.#server, 'listening')
    return collector
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await this.#server[Symbol.asyncDispose]()
  }
}
